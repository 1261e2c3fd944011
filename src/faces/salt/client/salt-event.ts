import { TocsinError } from '../../../event/errors.js'
import { joinBody, splitBody } from '../codec/body.js'
import { checkPattern, type MatchType, type TagMatcher, tagMatcher } from '../codec/match.js'
import { isoformat } from '../codec/stamp.js'
import { trim } from '../codec/trim.js'
import { pack, unpack } from '../codec/values.js'
import { busAddresses, type SaltAddresses } from './address.js'
import { checkTag } from './check-tag.js'
import { Link } from './link.js'
import { DEFAULT_MASTER_OPTS, DEFAULT_MINION_OPTS, type SaltOpts } from './opts.js'
import { PendingEvents, type SaltEventRecord } from './pending.js'
import { failedStates, type RetLoad } from './ret-load.js'
import { wallMicros } from './wall-clock.js'

export type SaltData = Record<string, unknown>

export interface SaltEventOptions {
  /** Folder of the sockets. Default that of `opts`. */
  sockDir?: string
  opts?: Partial<SaltOpts>
  /** Taken and ignored: Salt 3007 has it no more. */
  transport?: unknown
  /** Connects to the bus at once. Default true. */
  listen?: boolean
  /** A call that finds its connection closed throws TCN_SALT_CLOSED, instead of giving null. */
  raiseErrors?: boolean
  /** Events of subscribed tags kept for later calls; over it the oldest goes. Default 10,000. */
  maxPending?: number
  /** Bytes of events kept while nobody reads. Default 16 MiB. */
  maxBuffered?: number
  /** Clock of `_stamp`, µs since the epoch. */
  now?: () => number
}

export interface GetEventOptions {
  /** Seconds, for the whole call. 0 waits for ever. Default 5. */
  wait?: number
  tag?: string
  /** Gives `{ tag, data }`. */
  full?: boolean
  /** How `tag` is compared. Default `event_match_type` of the options, which is `startswith`. */
  matchType?: MatchType
  /** Looks at one event that is there; when it does not match, it is gone. */
  noBlock?: boolean
  /** Connects again when the bus closes the connection. */
  autoReconnect?: boolean
  /** When it comes, the call gives the event `salt/event/exit`, as Salt does on Ctrl-C. */
  signal?: AbortSignal
}

export type IterEventsOptions = Omit<GetEventOptions, 'wait' | 'noBlock'>

const WAIT = 5
const FIRE_TIMEOUT = 1000
const MAX_PENDING = 10_000

/**
 * The event bus of a master or a minion. It holds the process up only while a call waits. One call that reads waits
 * at a time.
 */
export class SaltEvent implements AsyncDisposable {
  readonly node: string
  readonly opts: SaltOpts
  readonly addresses: SaltAddresses
  readonly #raiseErrors: boolean
  readonly #pending: PendingEvents
  readonly #pub: Link
  readonly #pull: Link
  readonly #now: () => number
  #reader: 'call' | 'handler' | undefined
  #malformed = 0

  /** `node` is `master`; anything else is the minion that the options name. Throws TCN_SALT_CONFIG. */
  constructor(node: string, options: SaltEventOptions = {}) {
    const defaults = node === 'master' ? DEFAULT_MASTER_OPTS : DEFAULT_MINION_OPTS
    this.node = node
    this.opts = { ...defaults, ...options.opts }
    if (options.sockDir !== undefined) this.opts.sock_dir = options.sockDir
    this.addresses = busAddresses(node, this.opts)
    this.#raiseErrors = options.raiseErrors ?? false
    this.#pending = new PendingEvents(options.maxPending ?? MAX_PENDING)
    const onFault = (): void => {
      this.#malformed++
    }
    this.#pub = new Link(this.addresses.pub, { maxBuffered: options.maxBuffered, onFault })
    this.#pull = new Link(this.addresses.pull)
    this.#now = options.now ?? wallMicros
    if (options.listen !== false) void this.connectPub()
  }

  /** Tag and data of the raw body of an event. Throws what the codec finds wrong. */
  static unpack(raw: Uint8Array): [tag: string, data: SaltData] {
    const { tag, data } = splitBody(raw)
    return [tag, unpack(data) as SaltData]
  }

  /** The raw body of an event. Over `maxSize`, values are trimmed as Salt does it. */
  static pack(tag: string | Uint8Array, data: object, maxSize = Number.POSITIVE_INFINITY): Uint8Array {
    return joinBody(tag, trim(pack(data), maxSize))
  }

  /** Whether there is a connection to read from. */
  get cpub(): boolean {
    return this.#pub.connection !== undefined
  }

  /** Whether there is a connection to fire into. */
  get cpush(): boolean {
    return this.#pull.connection !== undefined
  }

  /** Why the last attempt to connect failed. */
  get connectError(): Error | undefined {
    return this.#pub.error ?? this.#pull.error
  }

  /** How much came that was no event; it is passed over. */
  get malformed(): number {
    return this.#malformed
  }

  /** Events of subscribed tags that were left out because too many waited. */
  get dropped(): number {
    return this.#pending.dropped
  }

  /** False when nobody answers within `timeout` seconds; it tries once in a second. Without it, it tries once. */
  async connectPub(timeout = 0, signal?: AbortSignal): Promise<boolean> {
    return (await this.#pub.connect(timeout * 1000, signal)) !== undefined
  }

  /** The same for the socket that events are fired into. */
  async connectPull(timeout = 1): Promise<boolean> {
    return (await this.#pull.connect(timeout * 1000)) !== undefined
  }

  /** Pending events are forgotten. */
  closePub(): void {
    this.#pub.drop()
    this.#pending.clear()
  }

  closePull(): void {
    this.#pull.drop()
  }

  /** Ends whatever waits. What was fired still goes out. */
  destroy(): void {
    void this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pending.clear()
    await Promise.all([this.#pub.close(), this.#pull.close()])
  }

  /** Events with this tag that other calls pass over are kept until a call asks for them. */
  subscribe(tag: string, matchType?: MatchType): void {
    this.#pending.subscribe(tag, this.#matcher(tag, matchType))
  }

  /** Takes one subscription back. Throws TCN_SALT_TAG where there is none. */
  unsubscribe(tag: string, matchType?: MatchType): void {
    if (!this.#pending.unsubscribe(tag, this.#matcher(tag, matchType))) {
      throw new TocsinError('TCN_SALT_TAG', `there is no subscription to '${tag}'`)
    }
  }

  /**
   * The data of the next event whose tag matches; null when none came in time. Events that do not match are
   * discarded unless they are subscribed to.
   */
  getEvent(options: GetEventOptions & { full: true }): Promise<SaltEventRecord | null>
  getEvent(options?: GetEventOptions & { full?: false }): Promise<SaltData | null>
  getEvent(options?: GetEventOptions): Promise<SaltEventRecord | SaltData | null>
  async getEvent(options: GetEventOptions = {}): Promise<SaltEventRecord | SaltData | null> {
    const { tag = '', matchType, full = false } = options
    const matcher = this.#matcher(tag, matchType)
    return this.#alone(async () => {
      const event = this.#pending.take(tag, matcher) ?? (await this.#nextOrReconnect(options, tag, matcher))
      return full ? event : (event?.data ?? null)
    })
  }

  /** The next event that is there, whatever its tag. */
  getEventNoblock(): Promise<SaltEventRecord | null> {
    return this.#alone(() => this.#next({ noBlock: true }, '', everyTag))
  }

  /** The next event, whatever its tag; waits for ever. */
  getEventBlock(): Promise<SaltEventRecord | null> {
    return this.#alone(() => this.#next({ wait: 0 }, '', everyTag))
  }

  /** Events without end, but for `signal`. */
  iterEvents(options: IterEventsOptions & { full: true }): AsyncGenerator<SaltEventRecord, void>
  iterEvents(options?: IterEventsOptions & { full?: false }): AsyncGenerator<SaltData, void>
  iterEvents(options?: IterEventsOptions): AsyncGenerator<SaltEventRecord | SaltData, void>
  async *iterEvents(options: IterEventsOptions = {}): AsyncGenerator<SaltEventRecord | SaltData, void> {
    const { full, tag, matchType, autoReconnect, signal } = options
    while (!signal?.aborted && !this.#pub.closed) {
      const event = await this.getEvent({ full, tag, matchType, autoReconnect, signal })
      if (event !== null && !signal?.aborted) yield event
    }
  }

  /**
   * Gives every event to the handler, as its raw body (see `unpack`), one after the other; connects again when the
   * bus goes away. Until `destroy`, no other call can read.
   */
  setEventHandler(handler: (raw: Uint8Array) => unknown): void {
    if (this.#reader !== undefined) throw new TocsinError('TCN_SALT_IN_USE')
    this.#reader = 'handler'
    void this.#handle(handler)
  }

  /**
   * True when the event is written to the bus, false when nobody answers within `timeout` ms. Rejects with
   * TCN_TAG_EMPTY, TCN_TAG_CONTROL, TCN_SALT_TAG or TCN_SALT_DATA, and with TCN_SALT_CLOSED when the bus closed the connection.
   */
  async fireEvent(data: object, tag: string | Uint8Array, timeout = FIRE_TIMEOUT): Promise<boolean> {
    checkTag(tag)
    checkData(data)
    const connection = await this.#pull.connect(timeout)
    if (connection === undefined) return false
    const body = SaltEvent.pack(tag, this.#stamped(data), Number(this.opts.max_event_size))
    try {
      await connection.send(body)
      return true
    } catch (error) {
      this.#pull.drop()
      throw error
    }
  }

  /** Asks the minion to fire the event on its master. */
  async fireMaster(data: unknown, tag: string, timeout = FIRE_TIMEOUT): Promise<boolean> {
    checkTag(tag)
    return this.fireEvent({ tag, data, events: null, pretag: null }, 'fire_master', timeout)
  }

  /** Fires an event for each failed state of what a minion returned, as the master does. */
  async fireRetLoad(load: RetLoad): Promise<void> {
    for (const { tag, data } of failedStates(load)) await this.fireEvent(data, tag)
  }

  #matcher(tag: unknown, matchType: MatchType | undefined): TagMatcher {
    const matcher = tagMatcher(matchType, this.opts.event_match_type)
    checkPattern(matcher, tag)
    return matcher
  }

  async #alone<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.#reader !== undefined) throw new TocsinError('TCN_SALT_IN_USE')
    this.#reader = 'call'
    try {
      return await run()
    } finally {
      this.#reader = undefined
    }
  }

  async #nextOrReconnect(
    options: GetEventOptions,
    tag: string,
    matcher: TagMatcher,
  ): Promise<SaltEventRecord | null> {
    const { autoReconnect = false, wait = WAIT } = options
    for (;;) {
      try {
        return await this.#next(options, tag, matcher)
      } catch (error) {
        if (!TocsinError.is(error, 'TCN_SALT_CLOSED')) throw error
        this.closePub()
        if (!autoReconnect && this.#raiseErrors) throw error
        if (!autoReconnect) return null
        await this.#pub.connect(wait === 0 ? FOR_EVER : wait * 1000, options.signal)
      }
    }
  }

  async #next(options: GetEventOptions, tag: string, matcher: TagMatcher): Promise<SaltEventRecord | null> {
    const { wait = WAIT, noBlock = false, signal } = options
    const until = noBlock ? 0 : wait === 0 ? FOR_EVER : performance.now() + wait * 1000
    do {
      const connection = await this.#pub.connect(noBlock ? 0 : wait * 1000, signal)
      const timeout = until === FOR_EVER ? undefined : Math.max(0, until - performance.now())
      const raw = await connection?.read({ timeout, signal })
      if (signal?.aborted) return EXIT
      if (raw === undefined) return null
      const event = this.#parse(raw)
      if (event !== undefined && matcher(event.tag, tag)) return event
      if (event !== undefined && this.#pending.keep(event)) this.#warnOnce()
    } while (performance.now() < until)
    return null
  }

  /** Undefined when it is none; 3006 forwards such. */
  #parse(raw: Uint8Array): SaltEventRecord | undefined {
    try {
      const [tag, data] = SaltEvent.unpack(raw)
      return { tag, data }
    } catch (error) {
      if (!TocsinError.is(error)) throw error
      this.#malformed++
      return undefined
    }
  }

  async #handle(handler: (raw: Uint8Array) => unknown): Promise<void> {
    while (!this.#pub.closed) {
      const connection = await this.#pub.connect(FOR_EVER)
      if (connection === undefined) continue
      try {
        for await (const raw of connection) await handler(raw)
      } catch (error) {
        if (!TocsinError.is(error, 'TCN_SALT_CLOSED')) throw error
        this.#pub.drop()
      }
    }
  }

  #stamped(data: object): object {
    const added: [string, unknown][] = [['_stamp', isoformat(this.#now())]]
    if (this.opts.subproxy === true) added.push(['proxy_target', this.opts.id])
    return data instanceof Map ? new Map([...data, ...added]) : { ...data, ...Object.fromEntries(added) }
  }

  #warnOnce(): void {
    if (this.#pending.dropped > 1) return
    process.emitWarning(`more than ${this.#pending.limit} events of subscribed tags wait; the oldest go`, {
      type: 'TocsinWarning',
      detail: 'Ask for them with getEvent, unsubscribe, or raise maxPending.',
    })
  }
}

const FOR_EVER = Number.POSITIVE_INFINITY
const EXIT: SaltEventRecord = { tag: 'salt/event/exit', data: {} }
const everyTag: TagMatcher = () => true

function checkData(data: unknown): void {
  if (data instanceof Map) return
  const prototype = typeof data === 'object' && data !== null ? Object.getPrototypeOf(data) : undefined
  if (prototype === Object.prototype || prototype === null) return
  throw new TocsinError('TCN_SALT_DATA', `Dict object expected, not '${String(data).slice(0, 80)}'.`)
}
