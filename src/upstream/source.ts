import { toDisconnectReason } from '../client/transport/disconnect-reason.js'
import { Link, type LinkUser } from '../client/transport/link.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { formatCursor, isCursor, parseCursor } from '../event/cursor.js'
import type { Cancel } from '../event/runtime.js'
import type { ControlName, ControlRecord } from '../protocols/native/codec.js'
import { DEFLATE } from '../protocols/native/packed-events.js'
import type { Welcome } from '../protocols/native/protocol.js'
import type { Source, SourceContext, SourceHealth } from '../sources/source.js'
import type { HubUpstream } from '../types/edge-types.js'
import { Answering, type AskedRecord } from './answering.js'
import { pauseBefore } from './backoff.js'
import { answersOffered, edgeName, type UpstreamConfig } from './config.js'
import { type DialOf, wayTo } from './dial.js'
import { type Forwarded, isForwardedRange } from './forwarded.js'
import { Forwarding } from './forwarding.js'
import { type Position, resumeAfter } from './resume.js'
import type { UpstreamState } from './state.js'

const MAX_EARLY = 64
const REPORT_LAG_MS = 5_000
/** A connection that has lasted so long was a good one, even if nothing had to be forwarded. */
const STEADY_MS = 10_000
/** Events about the forwarding itself: one that is refused there would cause the next. */
const NEVER_FORWARDED = ['!hub/upstream/', '!hub/gap/upstream/', '!hub/source/upstream/']

/** The state that outlives the instances of a source. */
/** It subscribes to nothing, asks for nothing, and holds no gates there. */
const UNEXPECTED: ReadonlySet<ControlName> = new Set(['reply', 'gateDone'])

export interface KnownOfUpstream {
  state: UpstreamState
  forwarded: Forwarded
}

/** Forwards events of the hub to another hub. Its own log keeps them until they are safe there. */
export class UpstreamSource implements Source, LinkUser {
  readonly unexpected = UNEXPECTED
  readonly #config: UpstreamConfig
  readonly #state: UpstreamState
  readonly #forwarded: Forwarded
  readonly #dialOf: DialOf | undefined
  readonly #abort = new AbortController()
  #context!: SourceContext
  #position: Position | undefined
  #link: Link | undefined
  #forwarding: Forwarding | undefined
  #answering: Answering | undefined
  /** Requests that came in one piece with the welcome. */
  #early: AskedRecord[] = []
  /** The forwarding over the connection before, of which answers may be missing. */
  #before: Forwarding | undefined
  #again: Cancel | undefined
  #lagTimer: Cancel | undefined
  #attempts = 0
  #linkedAt = 0
  /** The number of waiting events that was last reported to the other hub. */
  #toldWaiting = 0
  /** The reason that was published last; undefined while connected. */
  #told: string | undefined
  #stopped = false

  constructor(config: UpstreamConfig, known: KnownOfUpstream, dialOf?: DialOf) {
    this.#config = config
    this.#state = known.state
    this.#forwarded = known.forwarded
    this.#dialOf = dialOf
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#position = await context.load(keptPosition)
    this.#forwarded.restore(this.#reached)
    if (this.#position === undefined && this.#config.from === 'now') {
      this.#moveTo(context.last(), 0)
      await context.keep()
    }
    this.#state.waiting = () => this.#waiting()
    this.#state.now = () => context.runtime.now()
    this.#state.begin()
    void this.#connect()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#abort.abort()
    this.#again?.()
    this.#unlink()
  }

  health(): SourceHealth {
    const { isUp, reason, code, forwarded, returned } = this.#state
    return {
      state: isUp ? 'up' : 'degraded',
      reason,
      details: {
        edge: this.#edge,
        servers: this.#config.servers,
        waiting: this.#waiting(),
        lag: this.#state.lag(),
        forwarded,
        returned,
        ...(code !== undefined && { code }),
      },
    }
  }

  get #edge(): string {
    return edgeName(this.#config, this.#context.sharedLog)
  }

  // ---- the connection

  async #connect(): Promise<void> {
    try {
      const { dial, token } = wayTo(this.#config, this.#dialOf)
      const { epoch } = this.#context
      const edge = { name: this.#edge }
      const producer = `edge:${edge.name}:${epoch}`
      const answers = answersOffered(this.#config)
      const hello = {
        features: this.#config.compression === 'off' ? ['edge'] : ['edge', DEFLATE],
        producer,
        token,
        name: `edge ${edge.name}`,
        edge: { ...edge, ...(answers && { answers }) },
      }
      const link = await Link.open(dial, hello, this, this.#abort.signal)
      if (this.#stopped) return link.close()
      if (epoch !== this.#context.epoch) {
        // The hub there would take the numbers of the log that has replaced the other for repeated ones.
        link.close()
        return void this.#connect()
      }
      this.#check(link)
      this.#linked(link)
    } catch (error) {
      const { code, message } = toDisconnectReason(error)
      this.#down(code, message)
    }
  }

  #check(link: Link): void {
    const { features, epoch, hub } = link.welcome
    const fault = !features.includes('edge')
      ? new TocsinError('TCN_EDGE_UNSUPPORTED', `tocsin ${hub.version} of ${hub.name} is too old`)
      : epoch === this.#context.epoch
        ? new TocsinError('TCN_EDGE_SELF')
        : undefined
    if (fault === undefined) return
    link.close()
    throw fault
  }

  #linked(link: Link): void {
    const { welcome } = link
    const { runtime, epoch } = this.#context
    const { after, warning, isNewLog } = resumeAfter(this.#position, { epoch, edge: this.#edge }, welcome)
    this.#forwarded.connected(this.#reached, after ?? this.#firstAfter, welcome)
    this.#link = link
    this.#linkedAt = runtime.monotonic()
    this.#told = undefined
    this.#state.forwarded += this.#before?.unanswered(welcome.lastCounter) ?? 0
    this.#before = undefined
    this.#state.up()
    this.#publish({ state: 'up', address: welcome.hub.name, waiting: this.#waiting() })
    if (warning !== undefined) this.#publish({ state: 'warning', address: welcome.hub.name, reason: warning })
    if (isNewLog)
      link.send('gap', { from: 0, to: 0, reason: 'unknown-epoch', cursor: formatCursor(epoch, 0) })
    this.#forward(link, welcome, after)
    this.#answer(link)
    this.#reportLag()
  }

  #forward(link: Link, welcome: Welcome, after: number | undefined): void {
    const { filter, from, rate, maxAge } = this.#config
    const { epoch } = this.#context
    const forwarding = new Forwarding({
      context: this.#context,
      link,
      welcome,
      filters: [...filter, ...NEVER_FORWARDED],
      from: after === undefined ? from : formatCursor(epoch, after),
      rate,
      maxAge,
      leftOut: (range) => this.#forwarded.leaveOut(range),
      safe: (seq, counter) => {
        this.#moveTo(seq, counter, welcome.epoch)
        if (this.#toldWaiting > 0 && this.#forwarding?.isDone) this.#reportLag()
      },
      accepted: (count) => {
        this.#attempts = 0
        this.#state.forwarded += count
      },
      returned: (count) => {
        this.#state.returned += count
      },
      failed: (error) => this.#context.failed(error),
    })
    this.#forwarding = forwarding
    forwarding.start().catch((error) => this.#context.failed(error))
  }

  #answer(link: Link): void {
    const { answers, name } = this.#config
    if (answers === undefined) return
    const hub = link.welcome.hub.name
    this.#answering = new Answering({ context: this.#context, upstream: name, config: answers, link, hub })
    for (const record of this.#early.splice(0)) this.#answering.take(record)
  }

  onEvents(): void {
    // There is no subscription over this connection.
  }

  onRecord(record: ControlRecord): void {
    if (record.name !== 'request' && record.name !== 'cancel') this.#forwarding?.record(record)
    else if (this.#answering !== undefined) this.#answering.take(record)
    else if (this.#link === undefined && this.#early.length < MAX_EARLY) this.#early.push(record)
  }

  onDisconnected({ code, message }: { code: string; message: string }): void {
    this.#down(code, message)
  }

  #down(code: string, reason: string): void {
    const wasUp = this.#link !== undefined
    this.#unlink()
    if (this.#stopped) return
    const { runtime } = this.#context
    if (wasUp && runtime.monotonic() - this.#linkedAt > STEADY_MS) this.#attempts = 0
    this.#state.down(code, reason, runtime.now())
    if (this.#told !== code) this.#publish({ state: 'down', code, reason, waiting: this.#waiting() })
    this.#told = code
    const [low, high] = runtime.random(2)
    const pause = pauseBefore(this.#attempts++, code, (low + 256 * high) / 65_535)
    this.#again = runtime.after(pause, () => void this.#connect())
  }

  #unlink(): void {
    this.#lagTimer?.()
    const oldest = this.#forwarding?.oldest
    if (oldest !== undefined) this.#state.behindSince = oldest
    this.#early = []
    this.#answering?.close()
    this.#answering = undefined
    this.#forwarding?.close()
    this.#before = this.#forwarding ?? this.#before
    this.#link?.close()
    this.#forwarding = undefined
    this.#link = undefined
  }

  // ---- the position

  /** The position, if it is one in the log of now. */
  get #reached() {
    if (this.#position === undefined) return undefined
    const { epoch, seq } = parseCursor(this.#position.cursor)
    return epoch === this.#context.epoch ? { ...this.#position, seq } : undefined
  }

  /** The number after which the very first forwarding begins, if it is known before. */
  get #firstAfter(): number | undefined {
    return this.#config.from === 'start' ? 0 : undefined
  }

  #moveTo(seq: number, counter: number, there?: string): void {
    this.#forwarded.movedTo(seq)
    this.#position = {
      cursor: formatCursor(this.#context.epoch, seq),
      counter: counter || (this.#position?.counter ?? 0),
      there: there ?? this.#position?.there,
      edge: this.#edge,
      range: this.#forwarded.range,
    }
    this.#context.moved(() => this.#position)
  }

  // ---- how far it is behind

  #waiting(): number {
    if (this.#forwarding?.isDone || this.#position === undefined) return 0
    const { epoch, seq } = parseCursor(this.#position.cursor)
    return this.#context.numbersAfter(epoch === this.#context.epoch ? seq : 0)
  }

  #reportLag(): void {
    const { runtime } = this.#context
    const waiting = this.#waiting()
    const since =
      waiting === 0 ? undefined : (this.#forwarding?.oldest ?? this.#state.behindSince ?? runtime.now())
    this.#state.behindSince = since
    this.#toldWaiting = waiting
    this.#link?.send('lag', { waiting, since })
    this.#lagTimer?.()
    this.#lagTimer = runtime.after(REPORT_LAG_MS, () => this.#reportLag())
  }

  #publish(data: Omit<HubUpstream, 'upstream'>): void {
    this.#context.publish(this.#config.name, { upstream: this.#config.name, ...data })
  }
}

function keptPosition(stored: unknown): Position {
  const { cursor, counter, there, edge, range } = (stored ?? {}) as Partial<Position>
  const isWhole =
    typeof cursor === 'string' &&
    isCursor(cursor) &&
    Number.isSafeInteger(counter) &&
    [there, edge].every((text) => text === undefined || typeof text === 'string') &&
    isForwardedRange(range)
  if (!isWhole) throw new Error('the position has other fields')
  return stored as Position
}
