import { isDeepStrictEqual } from 'node:util'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import { redact } from '../filter/redact.js'
import type { StreamCounter } from './stream-counter.js'

const RETRY_MS = 1_000

/** The rules that the events of a source pass before they are stored. */
export interface PolicyRules {
  /** Paths into the data whose values are taken out. */
  redact: readonly (readonly string[])[]
  /** At most `events` in `per` ms; the others are counted and reported as lost. */
  rateLimit?: { events: number; per: number }
  /** Repeats of an event within this time, ms, become one event. */
  collapse?: number
  /** Fields that differ although the same has happened again, such as a time. */
  volatile: readonly string[]
}

export interface PolicyHost {
  readonly runtime: Runtime
  /** Returns false if the hub accepts no events at present. */
  publish(path: string, data: unknown, counter?: StreamCounter): boolean
  lost(count: number, reason: string, since: number): void
}

/** `full`: the hub accepts no events at present. `limited`: there were too many in this period. */
export type Offered = 'taken' | 'full' | 'limited'

type Fields = Record<string, unknown>

interface LastEvent {
  path: string
  lasting: Fields
  /** ms on the monotonic clock */
  at: number
  /** The last of the repeats, and how many there are. */
  repeat?: { data: Fields; counter: StreamCounter | undefined; count: number }
}

/** Redacts, limits and collapses the events of one source, between the source and the hub. */
export class EventPolicy {
  readonly #rules: PolicyRules
  readonly #host: PolicyHost
  #last: LastEvent | undefined
  #window = { start: Number.NEGATIVE_INFINITY, events: 0, dropped: 0, since: 0 }
  #collapsing: Cancel | undefined
  #limiting: Cancel | undefined

  constructor(rules: PolicyRules, host: PolicyHost) {
    this.#rules = rules
    this.#host = host
  }

  /** Returns false if the hub accepts no events at present; nothing has happened then. */
  publish(path: string, data: unknown, counter?: StreamCounter): boolean {
    return this.#put(path, data, true, counter) !== 'full'
  }

  /** The same for an event whose sender receives an answer: one over the limit is not dropped. */
  offer(path: string, data: unknown): Offered {
    return this.#put(path, data, false)
  }

  #put(path: string, given: unknown, mayDrop: boolean, counter?: StreamCounter): Offered {
    const data = redact(given, this.#rules.redact)
    if (this.#rules.collapse === undefined || !isFields(data))
      return this.#limited(path, data, mayDrop, counter)
    const lasting = without(data, this.#rules.volatile)
    if (this.#isRepeat(path, lasting, this.#rules.collapse)) {
      this.#repeat(data, counter, this.#rules.collapse)
      return 'taken'
    }
    const outcome = this.flush() ? this.#limited(path, data, mayDrop, counter) : 'full'
    if (outcome === 'taken') this.#last = { path, lasting, at: this.#host.runtime.monotonic() }
    return outcome
  }

  /** Publishes what stands for repeats. False if the hub accepts no events at present. */
  flush(): boolean {
    const { repeat, path = '' } = this.#last ?? {}
    if (repeat) {
      const data = { ...repeat.data, repeated: repeat.count }
      if (!this.#host.publish(path, data, repeat.counter)) return false
    }
    this.#last = undefined
    this.#collapsing?.()
    this.#collapsing = undefined
    return true
  }

  /** A position may only be stored, and a message acknowledged, when what stands for repeats before it is published. */
  afterRepeats<Result>(next: () => Result): Result {
    if (!this.flush()) throw new TocsinError('TCN_BUS_SUSPENDED')
    return next()
  }

  /** Publishes what waits. Repeats that the hub does not accept are reported as lost. */
  close(): void {
    const count = this.#last?.repeat?.count
    const since = this.#host.runtime.now()
    if (!this.flush() && count !== undefined) this.#host.lost(count, 'repeats could not be published', since)
    this.#collapsing?.()
    this.#reportDropped()
  }

  #isRepeat(path: string, lasting: Fields, within: number): boolean {
    const last = this.#last
    if (last === undefined || last.path !== path) return false
    return this.#host.runtime.monotonic() - last.at < within && isDeepStrictEqual(last.lasting, lasting)
  }

  #repeat(data: Fields, counter: StreamCounter | undefined, within: number): void {
    const last = this.#last as LastEvent
    last.repeat = { data, counter, count: (last.repeat?.count ?? 0) + 1 }
    const rest = last.at + within - this.#host.runtime.monotonic()
    this.#collapsing ??= this.#host.runtime.after(rest, () => this.#flushLater())
  }

  #flushLater(): void {
    this.#collapsing = undefined
    if (!this.flush()) this.#collapsing = this.#host.runtime.after(RETRY_MS, () => this.#flushLater())
  }

  #limited(path: string, data: unknown, mayDrop: boolean, counter: StreamCounter | undefined): Offered {
    const { rateLimit } = this.#rules
    if (rateLimit === undefined) return this.#host.publish(path, data, counter) ? 'taken' : 'full'
    const now = this.#host.runtime.monotonic()
    if (now - this.#window.start >= rateLimit.per) {
      this.#reportDropped()
      this.#window = { start: now, events: 0, dropped: 0, since: 0 }
    }
    if (this.#window.events >= rateLimit.events) {
      if (!mayDrop) return 'limited'
      this.#drop(this.#window.start + rateLimit.per - now)
      return 'taken'
    }
    if (!this.#host.publish(path, data, counter)) return 'full'
    this.#window.events++
    return 'taken'
  }

  /** `rest`: ms until the window ends, when the events that were dropped are reported. */
  #drop(rest: number): void {
    if (this.#window.dropped++ === 0) this.#window.since = this.#host.runtime.now()
    this.#limiting ??= this.#host.runtime.after(rest, () => this.#reportDropped())
  }

  #reportDropped(): void {
    this.#limiting?.()
    this.#limiting = undefined
    const { dropped, since } = this.#window
    if (dropped === 0) return
    this.#window.dropped = 0
    const { events = 0, per = 0 } = this.#rules.rateLimit ?? {}
    this.#host.lost(dropped, `over the rate limit of ${events} events in ${per / 1000} s`, since)
  }
}

function isFields(data: unknown): data is Fields {
  return typeof data === 'object' && data !== null && Object.getPrototypeOf(data) === Object.prototype
}

function without(data: Fields, names: readonly string[]): Fields {
  const copy = { ...data }
  for (const name of names) delete copy[name]
  return copy
}
