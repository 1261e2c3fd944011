import type { Runtime } from '../../event/runtime.js'

/** Time for which the repetitions of an event are collected, ms. */
const TOGETHER = 1000
/** Different events of one tag within that time; the others are counted together. */
const MAX_DIFFERENT = 20

interface Emitted {
  tag: string
  data: Readonly<Record<string, unknown>>
  /** Number of the session, known only of the first. */
  usid?: number
}

interface Kept {
  event: Emitted
  /** Repetitions since the last event. */
  count: number
}

/**
 * Publishes an event at once and its repetitions once a second as a count, so that nobody fills the log by doing the
 * same thing again and again.
 */
export class RepeatedEvents {
  readonly #runtime: Runtime
  readonly #emit: (event: Emitted) => void
  readonly #kept = new Map<string, Kept>()
  readonly #different = new Map<string, number>()

  constructor(runtime: Runtime, emit: (event: Emitted) => void) {
    this.#runtime = runtime
    this.#emit = emit
  }

  /** `key`: what repetitions have in common. `others`: the data of the events that are only counted. */
  add(event: Emitted, key: string, others: Record<string, unknown>): void {
    const { tag } = event
    const own = `${tag}\0${key}`
    const known = this.#kept.get(own)
    if (known !== undefined) {
      known.count++
      return
    }
    const different = this.#different.get(tag) ?? 0
    if (different >= MAX_DIFFERENT) {
      this.#keep(`${tag}\0`, { tag, data: others }, 1)
      return
    }
    this.#different.set(tag, different + 1)
    this.#keep(own, event, 0)
    this.#emit({ ...event, data: { ...event.data, count: 1 } })
  }

  #keep(key: string, event: Emitted, count: number): void {
    const known = this.#kept.get(key)
    if (known !== undefined) known.count += count
    else {
      this.#kept.set(key, { event, count })
      this.#runtime.after(TOGETHER, () => this.#tell(key))
    }
  }

  #tell(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    const { event, count } = kept
    if (count === 0) {
      this.#kept.delete(key)
      if (!key.endsWith('\0')) this.#forget(event.tag)
      return
    }
    this.#kept.set(key, { event, count: 0 })
    this.#runtime.after(TOGETHER, () => this.#tell(key))
    this.#emit({ tag: event.tag, data: { ...event.data, count } })
  }

  #forget(tag: string): void {
    const left = (this.#different.get(tag) ?? 1) - 1
    if (left > 0) this.#different.set(tag, left)
    else this.#different.delete(tag)
  }
}
