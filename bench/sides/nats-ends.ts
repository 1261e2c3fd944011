import { type Consumer, type JetStreamClient, jetstream } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { Packr } from 'msgpackr'
import { sample } from '../harness/sample-event.js'
import type { Ends, Receiving, Sender } from './side.js'

export const STREAM = 'BENCH'
export const SUBJECTS = 'salt.job.>'

const codec = new Packr({ useRecords: false })

export function subject(index: number): string {
  return `salt.job.20261120060${100_000_000 + index}.ret.web${index & 511}`
}

export const natsEnds: Ends = {
  async sender(address) {
    return new NatsSender(await connect({ servers: address }))
  },

  async receive(address, receiving) {
    const connection = await connect({ servers: address })
    connection.subscribe(SUBJECTS, {
      callback: (error, message) => {
        if (error) throw error
        take(message.data, receiving)
      },
    })
    await connection.flush()
  },

  async replay(address, events) {
    const connection = await connect({ servers: address })
    const consumer = await jetstream(connection).consumers.get(STREAM)
    await consumeAll(consumer, events)
    await connection.close()
  },
}

export function take(body: Uint8Array, { decode, took, stamped }: Receiving): void {
  if (decode) {
    const data = codec.unpack(body)
    if (data.retcode !== 0) throw new Error('not the event that was sent')
    stamped?.(data.stamp)
  }
  took(1)
}

/** Uses the ordered consumer of the library, undecoded, with a callback. The size of its pulls is the fastest one. */
function consumeAll(consumer: Consumer, events: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0
    consumer
      .consume({
        max_messages: 20_000,
        callback: () => {
          if (++count === events) resolve()
        },
      })
      .catch(reject)
  })
}

class NatsSender implements Sender {
  readonly #connection: NatsConnection
  readonly #jetstream: JetStreamClient

  constructor(connection: NatsConnection) {
    this.#connection = connection
    this.#jetstream = jetstream(connection)
  }

  send(index: number, stamp: number): boolean {
    this.#connection.publish(subject(index), codec.pack(sample(index, stamp)))
    return true
  }

  async ready(): Promise<void> {}

  sendDurably(index: number): Promise<unknown> {
    return this.#jetstream.publish(subject(index), codec.pack(sample(index)))
  }

  flush(): Promise<void> {
    return this.#connection.flush()
  }
}
