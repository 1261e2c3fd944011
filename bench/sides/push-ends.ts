import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Packr } from 'msgpackr'
import { sample } from '../harness/sample-event.js'
import { pushConsumer } from './jetstream-clients.js'
import { natsEnds, STREAM, subject, take } from './nats-ends.js'
import type { Ends, Sender } from './side.js'

/** Publishes one message, and calls `stored` when the server has stored it. */
type Publish = (subject: string, body: Uint8Array, stored: () => void) => void

const codec = new Packr({ useRecords: false })

/** Each subscriber is a push consumer of the stream, with a connection of its own. */
const consumers: Pick<Ends, 'receive' | 'replay'> = {
  replay: natsEnds.replay,
  async receive(address, receiving) {
    const connection = await connect({ servers: address })
    await pushConsumer(connection, STREAM, undefined, ({ data }) => take(data, receiving))
  },
}

/** Events are published with the library, which waits for the answer to each. */
export const libraryEnds: Ends = {
  ...consumers,
  async sender(address) {
    const stream = jetstream(await connect({ servers: address }))
    return new AnsweredSender((subject, body, stored) => {
      stream.publish(subject, body).then(stored, fail)
    })
  },
}

/** All answers come to one inbox, without a promise and a timer for each as in the library. */
export const inboxEnds: Ends = {
  ...consumers,
  async sender(address) {
    const connection = await connect({ servers: address })
    const reply = `_INBOX.bench${process.pid}`
    const waiting: (() => void)[] = []
    let next = 0
    connection.subscribe(reply, {
      callback: (error, message) => {
        const answer = error === null ? message.json<{ seq?: number }>() : error
        if (!('seq' in answer)) return fail(answer)
        waiting[next]()
        if (++next === waiting.length) next = waiting.length = 0
      },
    })
    return new AnsweredSender((subject, body, stored) => {
      waiting.push(stored)
      connection.publish(subject, body, { reply })
    })
  },
}

class AnsweredSender implements Sender {
  readonly #publish: Publish
  #unanswered = 0
  #allAnswered: () => void = () => undefined

  constructor(publish: Publish) {
    this.#publish = publish
  }

  send(index: number, stamp: number): boolean {
    this.#unanswered++
    this.#publish(subject(index), codec.pack(sample(index, stamp)), this.#stored)
    return true
  }

  async ready(): Promise<void> {}

  sendDurably(index: number): Promise<unknown> {
    return new Promise<void>((resolve) => this.#publish(subject(index), codec.pack(sample(index)), resolve))
  }

  async flush(): Promise<void> {
    if (this.#unanswered > 0) await new Promise<void>((resolve) => (this.#allAnswered = resolve))
  }

  readonly #stored = (): void => {
    if (--this.#unanswered === 0) this.#allAnswered()
  }
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}
