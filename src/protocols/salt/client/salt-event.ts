import { TocsinError } from '../../../errors/tocsin-error.js'
import { joinBody, splitBody } from '../codec/body.js'
import { checkPattern, type MatchType, type TagMatcher, tagMatcher } from '../codec/match.js'
import { isoformat } from '../codec/python-datetime.js'
import { checkTag } from '../codec/tags.js'
import { trim } from '../codec/trim.js'
import { pack, unpack } from '../codec/values.js'
import { busAddresses, type SaltAddresses } from './address.js'
import { LazyConnection } from './lazy-connection.js'
import { DEFAULT_MASTER_OPTS, DEFAULT_MINION_OPTS, type SaltOpts } from './opts.js'
import { PendingEvents, type SaltEventRecord } from './pending-events.js'
import { failedStates, type RetLoad } from './ret-load.js'

export type SaltData = Record<string, unknown>

export interface SaltEventOptions {
  /** Folder of the sockets. Default: `sock_dir` of `opts`. */
  sockDir?: string
  opts?: Partial<SaltOpts>
  /** Accepted and ignored, since Salt 3007 no longer has it. */
  transport?: unknown
  /** Connects in the background at once. Default true. */
  listen?: boolean
  /** A call whose connection is closed rejects with TCN_SALT_CLOSED instead of resolving to null. Default false. */
  raiseErrors?: boolean
  /** Maximum number of events with subscribed tags that are kept for later calls. Default 10,000. */
  maxPending?: number
  /** Maximum bytes of unread events; above it the bus waits. Default 16 MiB. */
  maxBuffered?: number
  /** The clock for `_stamp`, µs since the epoch. */
  now?: () => number
}

export interface GetEventOptions {
  /** Longest wait of the whole call, in seconds. 0 waits indefinitely. Default 5. */
  wait?: number
  tag?: string
  /** Resolves to `{ tag, data }` instead of the data. */
  full?: boolean
  /** The comparison of `tag`. Default: `event_match_type` of the options, normally `startswith`. */
  matchType?: MatchType
  /** Takes one event that has arrived already. If it does not match, it is discarded. */
  noBlock?: boolean
  /** Reconnects when the bus closes the connection. */
  autoReconnect?: boolean
  /** Aborting it makes the call resolve to the event `salt/event/exit`, as in Salt on Ctrl-C. */
  signal?: AbortSignal
}

export type IterEventsOptions = Omit<GetEventOptions, 'wait' | 'noBlock'>

const DEFAULT_WAIT_S = 5
const FIRE_TIMEOUT_MS = 1000
const MAX_PENDING = 10_000

/**
 * The event bus of a master or a minion. It keeps the process running only while a call waits. Only one reading call
 * may wait at a time; a second one rejects with TCN_SALT_IN_USE.
 *
 * @example
 * await using event = new SaltEvent('master')
 * await event.fireEvent({ version: '2.4.1' }, 'deploy/web1/done')
 * const data = await event.getEvent({ tag: 'salt/job/', wait: 30 })
 */
export class SaltEvent implements AsyncDisposable {
  readonly node: string
  readonly opts: SaltOpts
  readonly addresses: SaltAddresses
  readonly #raiseErrors: boolean
  readonly #pending: PendingEvents
  readonly #pub: LazyConnection
  readonly #pull: LazyConnection
  readonly #now: () => number
  #reader: 'call' | 'handler' | undefined
  #malformed = 0

  /** `node` is `master`; any other text means the minion with these options. Throws TCN_SALT_CONFIG. */
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
    this.#pub = new LazyConnection(this.addresses.pub, { maxBuffered: options.maxBuffered, onFault })
    this.#pull = new LazyConnection(this.addresses.pull)
    this.#now = options.now ?? wallMicros
    if (options.listen !== false) void this.connectPub()
  }

  /**
   * Tag and data of the raw body of an event. Throws TCN_FRAME_SEPARATOR, TCN_TAG_UTF8 or TCN_BODY_….
   *
   * @example
   * SaltEvent.unpack(SaltEvent.pack('deploy/done', { version: 2 })) // ['deploy/done', { version: 2 }]
   */
  static unpack(raw: Uint8Array): [tag: string, data: SaltData] {
    const { tag, data } = splitBody(raw)
    return [tag, unpack(data) as SaltData]
  }

  /** The raw body of an event. If it is larger than `maxSize` bytes, values are trimmed as Salt does. */
  static pack(tag: string | Uint8Array, data: object, maxSize = Number.POSITIVE_INFINITY): Uint8Array {
    return joinBody(tag, trim(pack(data), maxSize))
  }

  /** True if a connection for reading exists. */
  get cpub(): boolean {
    return this.#pub.connection !== undefined
  }

  /** True if a connection for firing exists. */
  get cpush(): boolean {
    return this.#pull.connection !== undefined
  }

  /** Why the last attempt to connect failed. */
  get connectError(): Error | undefined {
    return this.#pub.error ?? this.#pull.error
  }

  /** Number of received values that were not events and were skipped. */
  get malformed(): number {
    return this.#malformed
  }

  /** Number of events with subscribed tags that were dropped because too many waited. */
  get dropped(): number {
    return this.#pending.dropped
  }

  /** Connects for reading. False if no bus answers within `timeout` seconds; with 0, one attempt is made. */
  async connectPub(timeout = 0, signal?: AbortSignal): Promise<boolean> {
    return (await this.#pub.connect(timeout * 1000, signal)) !== undefined
  }

  /** Connects for firing. False if no bus answers within `timeout` seconds. */
  async connectPull(timeout = 1): Promise<boolean> {
    return (await this.#pull.connect(timeout * 1000)) !== undefined
  }

  /** Closes the connection for reading and drops the pending events. */
  closePub(): void {
    this.#pub.drop()
    this.#pending.clear()
  }

  closePull(): void {
    this.#pull.drop()
  }

  /** Ends all waiting calls. Events that were fired are still sent. */
  destroy(): void {
    void this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pending.clear()
    await Promise.all([this.#pub.close(), this.#pull.close()])
  }

  /**
   * Keeps events with this tag that other calls skip, until a call asks for them.
   *
   * @example
   * await using event = new SaltEvent('master')
   * event.subscribe('salt/job/')
   * await event.getEvent({ tag: 'salt/auth', wait: 0 })
   * const job = await event.getEvent({ tag: 'salt/job/' }) // also one that came before
   */
  subscribe(tag: string, matchType?: MatchType): void {
    this.#pending.subscribe(tag, this.#matcher(tag, matchType))
  }

  /** Removes one subscription. Throws TCN_SALT_NOT_SUBSCRIBED if there is none. */
  unsubscribe(tag: string, matchType?: MatchType): void {
    if (!this.#pending.unsubscribe(tag, this.#matcher(tag, matchType))) {
      throw new TocsinError('TCN_SALT_NOT_SUBSCRIBED', `there is no subscription to '${tag}'`)
    }
  }

  /**
   * Resolves to the data of the next event whose tag matches, or to null after the timeout. Events that do not match
   * are discarded unless their tag is subscribed.
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

  /** The next event that has arrived already, with any tag; null if there is none. */
  getEventNoblock(): Promise<SaltEventRecord | null> {
    return this.#alone(() => this.#next({ noBlock: true }, '', everyTag))
  }

  /** Waits for the next event with any tag, without a limit. */
  getEventBlock(): Promise<SaltEventRecord | null> {
    return this.#alone(() => this.#next({ wait: 0 }, '', everyTag))
  }

  /** Yields events until the signal fires or the bus is destroyed. */
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
   * Calls the handler with the raw body of every event (see `unpack`), one at a time, and reconnects when the bus closes
   * the connection. Until `destroy`, other reading calls reject with TCN_SALT_IN_USE.
   *
   * @example
   * const event = new SaltEvent('master')
   * event.setEventHandler((raw) => console.log(SaltEvent.unpack(raw)))
   */
  setEventHandler(handler: (raw: Uint8Array) => unknown): void {
    if (this.#reader !== undefined) throw new TocsinError('TCN_SALT_IN_USE')
    this.#reader = 'handler'
    void this.#handle(handler)
  }

  /**
   * Resolves to true when the event is written to the bus, and to false if no bus answers within `timeout` ms. Rejects
   * with TCN_TAG_EMPTY, TCN_TAG_CONTROL or TCN_SALT_TAG for the tag, TCN_SALT_DATA for data other than a map, and
   * TCN_SALT_CLOSED if the bus has closed the connection.
   */
  async fireEvent(data: object, tag: string | Uint8Array, timeout = FIRE_TIMEOUT_MS): Promise<boolean> {
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
  async fireMaster(data: unknown, tag: string, timeout = FIRE_TIMEOUT_MS): Promise<boolean> {
    checkTag(tag)
    return this.fireEvent({ tag, data, events: null, pretag: null }, 'fire_master', timeout)
  }

  /** Fires an event for each failed state in the return of a minion, as the master does. */
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
    const { autoReconnect = false, wait = DEFAULT_WAIT_S } = options
    for (;;) {
      try {
        return await this.#next(options, tag, matcher)
      } catch (error) {
        if (!TocsinError.is(error, 'TCN_SALT_CLOSED')) throw error
        this.closePub()
        if (!autoReconnect && this.#raiseErrors) throw error
        if (!autoReconnect) return null
        await this.#pub.connect(wait === 0 ? INDEFINITELY : wait * 1000, options.signal)
      }
    }
  }

  async #next(options: GetEventOptions, tag: string, matcher: TagMatcher): Promise<SaltEventRecord | null> {
    const { wait = DEFAULT_WAIT_S, noBlock = false, signal } = options
    const until = noBlock ? 0 : wait === 0 ? INDEFINITELY : performance.now() + wait * 1000
    do {
      const connection = await this.#pub.connect(noBlock ? 0 : wait * 1000, signal)
      const timeout = until === INDEFINITELY ? undefined : Math.max(0, until - performance.now())
      const raw = await connection?.read({ timeout, signal })
      if (signal?.aborted) return EXIT
      if (raw === undefined) return null
      const event = this.#parse(raw)
      if (event !== undefined && matcher(event.tag, tag)) return event
      if (event !== undefined && this.#pending.keep(event)) this.#warnOnce()
    } while (performance.now() < until)
    return null
  }

  /** Undefined if the body is not an event; Salt 3006 forwards such bodies. */
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
      const connection = await this.#pub.connect(INDEFINITELY)
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
    process.emitWarning(
      `more than ${this.#pending.limit} events with subscribed tags wait; the oldest are dropped`,
      {
        type: 'TocsinWarning',
        detail: 'Ask for them with getEvent, unsubscribe, or raise maxPending.',
      },
    )
  }
}

const INDEFINITELY = Number.POSITIVE_INFINITY
const EXIT: SaltEventRecord = { tag: 'salt/event/exit', data: {} }
const everyTag: TagMatcher = () => true

function checkData(data: unknown): void {
  if (data instanceof Map) return
  const prototype = typeof data === 'object' && data !== null ? Object.getPrototypeOf(data) : undefined
  if (prototype === Object.prototype || prototype === null) return
  throw new TocsinError('TCN_SALT_DATA', `Dict object expected, not '${String(data).slice(0, 80)}'.`)
}

let monotonicToWall = performance.timeOrigin * 1000

/** µs since the epoch, as in `_stamp`. The monotonic clock gives the digits below the milliseconds of the wall clock. */
function wallMicros(): number {
  const wall = Date.now() * 1000
  const monotonic = performance.now() * 1000
  if (Math.abs(monotonic + monotonicToWall - wall - 500) > TOLERANCE_US) monotonicToWall = wall - monotonic
  return Math.round(monotonic + monotonicToWall)
}

/** If the two clocks differ by more than this, the wall clock was set. */
const TOLERANCE_US = 2000
