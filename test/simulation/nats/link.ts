import type { Runtime } from '../../../src/event/runtime.js'
import type { NatsLink } from '../../../src/storage/nats/link.js'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { type RawMessage, ReceivedMessage } from '../../../src/storage/nats/raw-message.js'
import { eachPublication } from '../../../src/storage/nats/wire.js'
import type { Interest, Message, NatsModel } from './server.js'

/** The way to the server and back. */
export interface Wires {
  up(run: () => void): void
  /** `subject`: of the subscription, if it is a message of one. */
  down(run: () => void, subject?: string): void
  close(): void
}

/** A connection to the model. */
export class ModelLink implements NatsLink {
  readonly runtime: Runtime
  readonly version = '2.15.1'
  readonly isClustered = false
  readonly server: string
  readonly others = []
  readonly maxPayload: number
  isClosed = false
  readonly isConnected = true
  readonly #model: NatsModel
  readonly #wires: Wires
  readonly #interests = new Set<Interest>()
  #inboxes = 0

  /** `server`: the one to which it is connected; none for one that is linked to all. */
  constructor(runtime: Runtime, model: NatsModel, wires: Wires, server = '') {
    this.runtime = runtime
    this.server = server
    this.maxPayload = model.maxPayload
    this.#model = model
    this.#wires = wires
  }

  inbox(): string {
    const random = Buffer.from(this.runtime.random(6)).toString('hex')
    return `_INBOX.${random}.${++this.#inboxes}`
  }

  publish(subject: string, payload: Uint8Array, reply = '', header: Uint8Array = nothing): void {
    if (this.isClosed) return
    const message = { subject, reply, header: Buffer.from(header), payload: Buffer.from(payload) }
    this.#wires.up(() => this.#model.receive(message, this.server))
  }

  publishWire(wire: Uint8Array): void {
    eachPublication(wire, ({ subject, payload, reply, header }) =>
      this.publish(subject, payload, reply, header),
    )
  }

  subscribe(subject: string, listener: (message: RawMessage) => void): () => void {
    let isOver = false
    const interest: Interest = {
      subject,
      server: this.server,
      receive: (message) => this.#wires.down(() => isOver || listener(rawOf(message)), subject),
    }
    this.#interests.add(interest)
    this.#wires.up(() => isOver || this.#model.add(interest))
    return () => {
      isOver = true
      this.#interests.delete(interest)
      this.#wires.up(() => this.#model.remove(interest))
    }
  }

  async request(subject: string, payload: Uint8Array, ms: number, header?: Uint8Array): Promise<RawMessage> {
    if (this.isClosed) throw new NatsFault('unreachable', 'the connection is closed')
    return await new Promise((resolve, reject) => {
      const inbox = this.inbox()
      const end = () => {
        cancel()
        unsubscribe()
      }
      const cancel = this.runtime.after(ms, () => {
        end()
        reject(new NatsFault('unreachable', 'timeout'))
      })
      const unsubscribe = this.subscribe(inbox, (message) => {
        end()
        const hasNobody = message.payload.length === 0 && message.header.startsWith('NATS/1.0 503')
        if (hasNobody) reject(new NatsFault('unreachable', 'nobody listens'))
        else resolve(message)
      })
      this.publish(subject, payload, inbox, header)
    })
  }

  flush(): Promise<void> {
    return new Promise((resolve) => this.#wires.up(() => this.#wires.down(resolve)))
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    const { up } = this.#wires
    for (const interest of this.#interests) up(() => this.#model.remove(interest))
    up(() => this.#wires.close())
  }

  /** The process has ended: the server notices at once. */
  cutOff(): void {
    this.isClosed = true
    for (const interest of this.#interests) this.#model.remove(interest)
    this.#wires.close()
  }
}

const nothing = Buffer.alloc(0)

function rawOf({ subject, reply, header, payload }: Message): RawMessage {
  const parts = [Buffer.from(subject), Buffer.from(reply), header, payload]
  const bytes = Buffer.concat(parts)
  const [one, two, three] = parts.map(({ length }) => length)
  const start = one + two
  return new ReceivedMessage(bytes, 0, one, one, start, start, start + three, bytes.length)
}
