import { unconsumed } from './check-consumer.js'
import { missingConsequences } from './check-rules.js'
import { undelivered } from './check-sink.js'
import type { History } from './history.js'

const EVERY_MS = 500
/** Time to forward the newest events, where nobody can say what is still to arrive, ms. */
const FORWARDED_MS = 5000

/** Compares what was acknowledged with what is stored and received: hubs that say that nothing waits may be wrong. */
export class Arrived {
  readonly #history: History
  #lookedAt = Number.NEGATIVE_INFINITY
  #hasAll = false

  /** `from`: when nothing more was published. */
  constructor(history: History, from: number) {
    this.#history = history
    if (history.edges.mayLeaveOut) this.#lookedAt = from + FORWARDED_MS
  }

  hasAll(time: number): boolean {
    if (this.#hasAll || time < this.#lookedAt + EVERY_MS) return this.#hasAll
    this.#lookedAt = time
    this.#hasAll = this.missing.length === 0
    return this.#hasAll
  }

  /** What an edge hub has left out is known at the end only. */
  #mayLack(name: string): boolean {
    return this.#history.edges.mayLeaveOut && /^at-(edge|leaf)/.test(name)
  }

  /** In words, who lacks events. */
  get missing(): string[] {
    const { stored, removed, readers } = this.#history
    const found: string[] = []
    const names = new Set(stored.values())
    const durable = [...this.#history.namesOf((told) => told === 'durable')]
    const absent = durable.filter((name) => !names.has(name) && !this.#mayLack(name)).length
    if (absent > 0) found.push(`${absent} durable events have not arrived`)
    const kept = [...stored.keys()].filter((place) => !removed.has(place))
    const last = kept.reduce((highest, place) => Math.max(highest, place), 0)
    for (const [reader, received] of readers) {
      const newest = received.at(-1)
      const place = newest !== undefined && 'place' in newest ? newest.place : 0
      if (place < last) found.push(`${reader} has read up to @${place} of @${last}`)
    }
    const left = unconsumed(this.#history)
    if (left.length > 0)
      found.push(`the consumer has not received ${left.length} events, the first at @${left[0]}`)
    const [consequence, ...others] = missingConsequences(this.#history)
    if (consequence !== undefined) found.push(`${consequence.text}, and ${others.length} more`)
    const waiting = undelivered(this.#history)
    if (waiting.length > 0)
      found.push(`the receiver has not got ${waiting.length} events, the first at @${waiting[0]}`)
    return found
  }
}
