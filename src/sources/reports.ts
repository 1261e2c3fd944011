import { formatTime } from '../event/position.js'
import type { Cancel } from '../event/runtime.js'
import type { SourceHost } from './source.js'

const COALESCE_MS = 1_000
const MAX_STATES = 32
const MAX_REASONS = 16
const MAX_REASON_LENGTH = 500

export type ReportedState = 'up' | 'down' | 'silent' | 'back'

/** The events that a source has lost, as reported in `hub.gap`. Times are RFC 3339. */
export interface Gap {
  from: string
  to: string
  /** null if unknown. */
  count: number | null
  reason: string
}

/**
 * The hub's own events about one source: `hub/source/<name>` and `hub/gap/<name>`. They wait while the hub accepts no
 * events; losses with the same reason are joined into one gap in the meantime.
 */
export class Reports {
  readonly #host: SourceHost
  readonly #source: string
  #states: Record<string, unknown>[] = []
  #gaps = new Map<string, Gap>()
  #timer: Cancel | undefined

  constructor(host: SourceHost, source: string) {
    this.#host = host
    this.#source = source
  }

  /** The gaps that are not published yet. */
  get gaps(): Gap[] {
    return [...this.#gaps.values()]
  }

  state(state: ReportedState, reason: string, since: number): void {
    this.#states.push({ source: this.#source, state, reason: shorten(reason), since: formatTime(since) })
    if (this.#states.length > MAX_STATES) this.#states.shift()
    this.flush()
  }

  lost(count: number | undefined, reason: string, since?: number): void {
    const now = this.#host.runtime.now()
    // The clock may have been set back.
    const from = formatTime(Math.min(since ?? now, now))
    this.#add({ from, to: formatTime(now), count: count ?? null, reason })
    this.#later()
  }

  /** Adds the gaps that could not be published before the last stop. */
  restore(gaps: readonly Gap[]): void {
    for (const gap of gaps) this.#add(gap)
    this.flush()
  }

  /** Publishes everything that waits. If the hub does not accept it, returns false, and tries again after a second. */
  flush(): boolean {
    this.#timer?.()
    this.#timer = undefined
    const isPublished = this.#flushStates() && this.#flushGaps()
    if (!isPublished) this.#later()
    return isPublished
  }

  close(): void {
    this.flush()
    this.#timer?.()
    this.#timer = undefined
  }

  #flushStates(): boolean {
    while (this.#states.length > 0) {
      if (!this.#publish('source', this.#states[0])) return false
      this.#states.shift()
    }
    return true
  }

  #flushGaps(): boolean {
    for (const [reason, gap] of this.#gaps) {
      if (!this.#publish('gap', { source: this.#source, ...gap })) return false
      this.#gaps.delete(reason)
    }
    return true
  }

  #add(gap: Gap): void {
    const text = shorten(gap.reason)
    const reason = this.#gaps.has(text) || this.#gaps.size < MAX_REASONS ? text : 'various reasons'
    const known = this.#gaps.get(reason)
    if (!known) this.#gaps.set(reason, { ...gap, reason })
    else {
      if (gap.from < known.from) known.from = gap.from
      if (gap.to > known.to) known.to = gap.to
      known.count = known.count === null || gap.count === null ? null : known.count + gap.count
    }
  }

  #publish(kind: 'source' | 'gap', data: unknown): boolean {
    return this.#host.publish({ tag: `hub/${kind}/${this.#source}`, data })
  }

  #later(): void {
    this.#timer ??= this.#host.runtime.after(COALESCE_MS, () => {
      this.#timer = undefined
      this.flush()
    })
  }
}

function shorten(reason: string): string {
  return reason.length <= MAX_REASON_LENGTH ? reason : `${reason.slice(0, MAX_REASON_LENGTH)}…`
}
