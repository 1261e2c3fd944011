import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Matcher } from '../../filter/matcher.js'
import { asCore } from '../../parts/core.js'
import type { SubscriptionApi } from '../api.js'
import { encodeFrames } from '../encode-frames.js'
import { FrameCollector } from '../frame-collector.js'
import type { Principal } from '../principal.js'
import type { Format, Piece, Sink, SubscriberStatus } from '../sink.js'

/** The part of a consumer that its members use. */
export interface MemberHost {
  readonly name: string
  acknowledge(member: Member, ...ack: Parameters<SubscriptionApi['ack']>): void
  roomAgain(): void
  leave(member: Member): void
}

/** A member is passed over while more than this number of bytes waits for its peer. */
const ROOM = 256 * 1024

/** One connection that takes part in the work of a durable consumer. */
export class Member implements SubscriptionApi {
  readonly id: number
  readonly principal: Principal
  readonly label: string
  readonly sink: Sink
  /** µs since the epoch */
  readonly connected: number
  /** True if it has as much time for its events as it wants, and begins with the first that is not settled. */
  readonly inOrder: boolean
  readonly #host: MemberHost
  #rights: Matcher
  readonly #format: Format | undefined
  readonly #output = new FrameCollector()
  /** Number of events that it works on. */
  given = 0
  /** Number of its latest event, counted over all members. */
  lastTurn = 0
  delivered = 0
  saidLive = false

  constructor(
    host: MemberHost,
    fields: {
      id: number
      principal: Principal
      label: string
      sink: Sink
      rights: Matcher
      format: Format | undefined
      connected: number
      inOrder?: boolean
    },
  ) {
    this.#host = host
    this.id = fields.id
    this.principal = fields.principal
    this.label = fields.label
    this.sink = fields.sink
    this.connected = fields.connected
    this.inOrder = fields.inOrder === true
    this.#rights = fields.rights
    this.#format = fields.format
  }

  get consumer(): string {
    return this.#host.name
  }

  get hasRoom(): boolean {
    return this.sink.pending + this.#output.bytes <= ROOM
  }

  /** Applies changed rights of its principal. */
  reauthorize(rights: Matcher): void {
    this.#rights = rights
  }

  maySee(bytes: Uint8Array, at: number): boolean {
    return this.#rights.all || this.#rights.matches(bytes, at)
  }

  /** Adds a frame to the output, which `flush` writes. */
  put(bytes: Uint8Array, start: number, end: number): void {
    this.#output.add(bytes, start, end, 1)
  }

  flush(): void {
    if (this.#output.empty) return
    const { frames } = this.#output
    let pieces: readonly Piece[]
    try {
      pieces = encodeFrames(this.#format, this.#output.take())
    } catch (thrown) {
      this.#fail(thrown)
      return
    }
    this.delivered += frames
    this.sink.write(pieces)
  }

  /** An event that its format cannot write goes to another member, and is parked after a number of tries. */
  #fail(thrown: unknown): void {
    const { code, message } = toTocsinError(thrown, 'TCN_INTERNAL')
    this.close()
    this.sink.end({ code, message, seq: 0 })
  }

  notify(status: SubscriberStatus): void {
    if (status.type === 'live') this.saidLive = true
    this.sink.status(status)
  }

  drained(): void {
    asCore(() => this.#host.roomAgain())
  }

  change(): void {
    throw new TocsinError(
      'TCN_CONSUMER_CONFLICT',
      `the filter of ${this.consumer} belongs to all its connections`,
    )
  }

  ack(...ack: Parameters<SubscriptionApi['ack']>): void {
    asCore(() => this.#host.acknowledge(this, ...ack))
  }

  gateDone(name: string): void {
    throw new TocsinError('TCN_GATE_UNKNOWN', `a durable consumer cannot answer gates: ${name}`)
  }

  close(): void {
    asCore(() => this.#host.leave(this))
  }
}
