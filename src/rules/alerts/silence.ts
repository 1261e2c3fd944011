import { compileGlobBits } from '../../filter/glob-bits.js'
import { isLabels } from './alert-record.js'

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

/** The parts of an alert that matchers test. */
export interface Matchable {
  readonly rule: string
  readonly key: string
  readonly severity: string
  readonly labels: Readonly<Record<string, string>>
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

type AlertTest = (alert: Matchable) => boolean

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
    this.#silences.set(silence.id, { silence, test: testOf(silence) })
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

const OWN = ['rule', 'key', 'severity'] as const

function testOf({ matchers }: Pick<Silence, 'matchers'>): AlertTest {
  const tests = Object.entries(matchers).map(([name, pattern]) => ({
    name,
    matches: compileGlobBits(pattern),
  }))
  return (alert) =>
    tests.every(({ name, matches }) => {
      const bytes = Buffer.from(textFor(alert, name))
      return matches(bytes, 0, bytes.length)
    })
}

function textFor(alert: Matchable, name: string): string {
  const own = OWN.find((each) => each === name)
  if (own !== undefined) return alert[own]
  return Object.hasOwn(alert.labels, name) ? alert.labels[name] : ''
}
