import { globTest } from '../../filter/glob-bits.js'

/** The parts of an alert that can be tested. */
export interface Matchable {
  readonly rule: string
  readonly key: string
  readonly severity: string
  readonly labels: Readonly<Record<string, string>>
}

/** Globs by names: `rule`, `key`, `severity`, or a label. All names must match; of several globs, one. */
export type AlertMatchers = Readonly<Record<string, string | readonly string[]>>
export type AlertTest = (alert: Matchable) => boolean

const OWN = ['rule', 'key', 'severity'] as const

export function alertTest(matchers: AlertMatchers): AlertTest {
  const tests = Object.entries(matchers).map(([name, patterns]) => ({
    name,
    globs: [patterns].flat().map(globTest),
  }))
  return (alert) =>
    tests.every(({ name, globs }) => {
      const text = textFor(alert, name)
      return globs.some((matches) => matches(text))
    })
}

/** The text of an alert by such a name; of a label that it has not, an empty one. */
export function textFor(alert: Matchable, name: string): string {
  const own = OWN.find((each) => each === name)
  if (own !== undefined) return alert[own]
  return Object.hasOwn(alert.labels, name) ? alert.labels[name] : ''
}
