import type { BusAdmin } from '../../bus/admin.js'
import { scan } from '../../bus/scan.js'
import { frameSeq } from '../../event/frame.js'
import { type CompileOptions, compileFilter, type Matcher, parseFilter } from '../../filter/index.js'
import type { SeqRange } from '../../log/event-log.js'
import type { ForwardedEvents } from '../../sources/source.js'

/** An event that no upstream is known to have. */
export interface MissingEvent {
  seq: number
  isDamaged?: boolean
}

/** Hubs publish about themselves in every segment, and hardly an upstream wants that. */
const ABOUT_HUBS = '!hub/'

/**
 * Looks for events that are only here. It reads them, since only that shows which of them the filters of upstreams select,
 * and remembers how far it came.
 */
export class ForwardedCheck {
  readonly #bus: Pick<BusAdmin, 'log' | 'budget'>
  readonly #typing: CompileOptions
  readonly #principal: string
  /** Everything in this range is at an upstream, as long as the key is the same. */
  #known = { key: '', from: 0, to: 0 }

  /** `principal`: in whose turn it reads. */
  constructor(bus: Pick<BusAdmin, 'log' | 'budget'>, typing: CompileOptions, principal: string) {
    this.#bus = bus
    this.#typing = typing
    this.#principal = principal
  }

  async findMissing(
    range: SeqRange,
    upstreams: readonly ForwardedEvents[],
  ): Promise<MissingEvent | undefined> {
    const key = JSON.stringify(upstreams.map((upstream) => upstream.key))
    const isKnown =
      this.#known.key === key && this.#known.from <= range.from && this.#known.to >= range.from - 1
    if (!isKnown) this.#known = { key, from: range.from, to: range.from - 1 }
    const known = this.#known
    const missing = await this.#search({ from: known.to + 1, to: range.to }, upstreams)
    known.to = Math.max(known.to, missing === undefined ? range.to : missing.seq - 1)
    return missing
  }

  async #search(range: SeqRange, upstreams: readonly ForwardedEvents[]): Promise<MissingEvent | undefined> {
    const selected = upstreams.map((upstream) => ({ upstream, matcher: this.#matcher(upstream.filters) }))
    const isThere = (bytes: Uint8Array, at: number) => {
      const seq = frameSeq(bytes, at)
      return selected.some(({ upstream, matcher }) => upstream.has(seq) && matcher.matches(bytes, at))
    }
    let missing: MissingEvent | undefined
    const { budget, log } = this.#bus
    const work = { bytes: Number.POSITIVE_INFINITY, budget, principal: this.#principal }
    const { damaged } = await scan(log, range, this.#matcher([ABOUT_HUBS]), work, (bytes, at) => {
      if (isThere(bytes, at)) return true
      missing = { seq: frameSeq(bytes, at) }
      return false
    })
    const [hole] = damaged
    if (hole === undefined || (missing !== undefined && missing.seq < hole.from)) return missing
    return { seq: hole.from, isDamaged: true }
  }

  #matcher(filters: readonly string[]): Matcher {
    return compileFilter(parseFilter([...filters]), this.#typing)
  }
}
