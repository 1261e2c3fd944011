import { type Client, type ConnectOptions, connect } from '../../src/client/index.js'
import { encode } from '../../src/event/index.js'
import { FILTER, sample, sampleTag } from '../harness/sample-event.js'
import type { Ends, Receiving, Sender } from './side.js'
import { tcpAddress } from './tcp-hub.js'

export const tocsinEnds = nativeEnds((address) => ({ address }))
export const tcpEnds = nativeEnds(tcpAddress)
/** Publishes at the first of two hubs, and subscribes at the second. */
export const twoHubsEnds: Ends = {
  ...tocsinEnds,
  sender: (address, flat) => tocsinEnds.sender(JSON.parse(address)[0], flat),
  receive: (address, receiving) => tocsinEnds.receive(JSON.parse(address)[1], receiving),
}

export function nativeEnds(optionsFor: (address: string) => ConnectOptions): Ends {
  return {
    async sender(address, flat = false) {
      return new TocsinSender(await connect(optionsFor(address)), flat)
    },

    async receive(address, receiving) {
      const client = await connect(optionsFor(address))
      const subscription = client.subscribe(FILTER)
      const live = new Promise<void>((resolve) => {
        subscription.onStatus((status) => status.status === 'live' && resolve())
      })
      void consume(subscription.batches(), receiving).catch((error) => {
        console.error(error)
        process.exit(1)
      })
      await live
    },

    async replay(address, events) {
      const client = await connect(optionsFor(address))
      let count = 0
      for await (const batch of client.read(FILTER).batches()) {
        if (batch.status === undefined) count += batch.count
      }
      if (count !== events) throw new Error(`${count} of ${events} events came`)
      await client.close()
    },
  }
}

type Batches = ReturnType<ReturnType<Client['subscribe']>['batches']>

async function consume(batches: Batches, { decode, took, stamped }: Receiving): Promise<void> {
  for await (const batch of batches) {
    if (batch.status !== undefined) continue
    if (decode) {
      for (const event of batch.events()) {
        const data = event.data as { retcode: number; stamp: number }
        if (data.retcode !== 0) throw new Error('not the event that was sent')
        stamped?.(data.stamp)
      }
      took(batch.count)
    } else {
      let visited = 0
      batch.forEach(() => {
        visited++
      })
      took(visited)
    }
  }
}

/** As long as the sample in msgpack, including its header of two bytes. */
const flatBody = new Uint8Array(encode(sample(0)).length - 2)

class TocsinSender implements Sender {
  readonly #client: Client
  readonly #flat: boolean

  constructor(client: Client, flat: boolean) {
    this.#client = client
    this.#flat = flat
  }

  send(index: number, stamp: number): boolean {
    return this.#client.push(sampleTag(index), this.#flat ? flatBody : sample(index, stamp))
  }

  ready(): Promise<void> {
    return this.#client.ready()
  }

  sendDurably(index: number): Promise<unknown> {
    return this.#client.publish(sampleTag(index), sample(index), { ack: 'durable' })
  }

  flush(): Promise<void> {
    return this.#client.drain()
  }
}
