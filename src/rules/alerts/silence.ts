import { isLabels } from './alert-record.js'
import { type AlertTest, alertTest, type Matchable } from './alert-test.js'

export const MAX_SILENCES = 1_000
export const MAX_MATCHERS = 16

/** Who keeps which alerts from sinks, until when, and why. Times are µs since the epoch. */
export interface Silence {
  readonly id: string
  /** Globs by names: `rule`, `key`, `severity`, or a label. All must match. */
  readonly matchers: Readonly<Record<string, string>>
  readonly from: number
  readonly until: number
  readonly by: string
  readonly why: string
}

export function isSilence(value: unknown): value is Silence {
  if (typeof value !== 'object' || value === null) return false
  const { id, matchers, from, until, by, why } = value as Partial<Record<keyof Silence, unknown>>
  return (
    [id, by, why].every((each) => typeof each === 'string') &&
    [from, until].every((each) => Number.isSafeInteger(each)) &&
    isLabels(matchers) &&
    Object.keys(matchers).length > 0
  )
}

/** The silences, in bounded number. */
export class Silences {
  readonly #silences = new Map<string, { silence: Silence; test: AlertTest }>()

  get all(): Silence[] {
    return [...this.#silences.values()].map(({ silence }) => silence)
  }

  get size(): number {
    return this.#silences.size
  }

  has(id: string): boolean {
    return this.#silences.has(id)
  }

  add(silence: Silence): void {
    this.#silences.set(silence.id, { silence, test: alertTest(silence.matchers) })
  }

  /** Removes a silence, and returns a test for the alerts that it has covered. */
  remove(id: string): AlertTest | undefined {
    const known = this.#silences.get(id)
    this.#silences.delete(id)
    return known?.test
  }

  /** Returns whether an alert is silenced at this time. */
  covers(alert: Matchable, now: number): boolean {
    for (const { silence, test } of this.#silences.values())
      if (silence.from <= now && now <= silence.until && test(alert)) return true
    return false
  }
}
