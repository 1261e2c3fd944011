import type { Cancel } from '../../../src/event/runtime.js'
import type { ConsumerConfig } from '../../../src/storage/nats/jetstream-api.js'
import { headerOf, type NatsModel } from './server.js'
import type { Stored, Stream } from './stream.js'

/** Heartbeats after which a consumer goes to which nobody listens. */
const UNUSED_BEATS = 60

/** Delivers a stream from a place on: as it grows, or as many messages as are asked for. */
export class Consumer {
  readonly stream: Stream
  /** Where it is. */
  readonly server: string
  readonly #model: NatsModel
  readonly #name: string
  readonly #config: ConsumerConfig
  readonly #isStuck: boolean
  /** Places that come first. */
  readonly #chosen: number[]
  #next: number
  #nth = 0
  #hasSent = false
  #unused = 0
  #cancel: Cancel = () => undefined

  constructor(model: NatsModel, stream: Stream, name: string, config: ConsumerConfig, isStuck: boolean) {
    const { deliver_policy, opt_start_seq = 1, opt_start_time, filter_subject = '>' } = config
    this.stream = stream
    this.server = model.servers.leader
    this.#model = model
    this.#name = name
    this.#config = config
    this.#isStuck = isStuck
    this.#chosen = deliver_policy === 'last_per_subject' ? stream.newestOfEach(filter_subject) : []
    this.#next = deliver_policy === 'last_per_subject' ? stream.last + 1 : opt_start_seq
    if (deliver_policy === 'by_start_time') this.#next = firstAt(stream, opt_start_time!)
  }

  /** Returns whether it was made by the same request. */
  isOf(stream: Stream, config: ConsumerConfig): boolean {
    return stream === this.stream && JSON.stringify(config) === JSON.stringify(this.#config)
  }

  get pending(): number {
    let count = this.#chosen.length
    for (const _ of this.stream.from(this.#next, this.#config.filter_subject)) count++
    return count
  }

  start(removed: () => void): void {
    const { deliver_subject, idle_heartbeat } = this.#config
    if (deliver_subject === undefined || idle_heartbeat === undefined) return
    this.push()
    const beat = () => {
      this.#unused = this.#model.hasInterest(deliver_subject, this.server) ? 0 : this.#unused + 1
      if (this.#unused > UNUSED_BEATS) {
        removed()
        return
      }
      this.#cancel = this.#model.runtime.after(idle_heartbeat / 1e6, beat)
      if (!this.#hasSent) this.#beat(deliver_subject)
      this.#hasSent = false
    }
    this.#cancel = this.#model.runtime.after(idle_heartbeat / 1e6, beat)
  }

  push(): void {
    const { deliver_subject } = this.#config
    if (deliver_subject === undefined || this.#isStuck || this.#model.servers.isApart(this.server)) return
    if (!this.#model.hasInterest(deliver_subject, this.server)) return
    let left = this.pending
    for (let message = this.#take(); message !== undefined; message = this.#take())
      this.#send(message, deliver_subject, --left)
  }

  /** `none`: called when there are fewer messages. */
  pull(batch: number, reply: string, none: () => void): void {
    let pending = this.pending
    for (let left = batch; left > 0; left--) {
      const message = this.#take()
      if (message === undefined) {
        none()
        return
      }
      this.#send(message, reply, --pending)
    }
  }

  close(): void {
    this.#cancel()
  }

  #take(): Stored | undefined {
    while (this.#chosen.length > 0) {
      const chosen = this.stream.messages.get(this.#chosen.shift()!)
      if (chosen !== undefined) return chosen
    }
    for (const message of this.stream.from(this.#next, this.#config.filter_subject)) {
      this.#next = message.seq + 1
      return message
    }
    return undefined
  }

  #send({ seq, subject, header, payload, time }: Stored, to: string, pending: number): void {
    this.#hasSent = true
    const reply = `$JS.ACK.${this.stream.config.name}.${this.#name}.1.${seq}.${++this.#nth}.${time}000.${pending}`
    const body = this.#config.headers_only ? Buffer.alloc(0) : payload
    this.#model.deliver({ subject, reply, header, payload: body }, to, this.server)
  }

  #beat(to: string): void {
    const lines = `Nats-Last-Consumer: ${this.#nth}\r\nNats-Last-Stream: ${this.stream.last}\r\n`
    const header = headerOf('100 Idle Heartbeat', lines)
    this.#model.deliver({ subject: to, reply: '', header, payload: Buffer.alloc(0) }, to, this.server)
  }
}

function firstAt(stream: Stream, text: string): number {
  const micros = Date.parse(text) * 1000 + Number(/(\d{3})Z$/.exec(text)?.[1] ?? 0)
  for (const { seq, time } of stream.from(1)) if (time >= micros) return seq
  return stream.last + 1
}
