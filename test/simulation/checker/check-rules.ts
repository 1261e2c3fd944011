import type { Broken } from './check.js'
import type { History } from './history.js'

/** Events of a publisher after which the rule `counted` acts. */
export const COUNTED = 5
/** Time within which the rule `once` acts once, ms. */
export const ONCE_MS = 3000
/** Time without an event of a publisher after which the rule `silent` acts, ms. */
export const SILENT_MS = 2000

interface Load {
  name: string
  /** ms */
  at: number
}

/** Each rule acts once for each event of the log that gives it cause, and for no other. */
export function checkRules(history: History): Broken[] {
  if (!history.hasRules) return []
  return [...twice(history), ...missingConsequences(history), ...unfounded(history)].map(
    ({ about, text }) => ({
      ...{ promise: 'rule', text, about },
    }),
  )
}

interface Finding {
  /** The event that is the cause. */
  about: string
  text: string
}

function twice({ made }: History): Finding[] {
  const places = new Map<string, number>()
  const found: Finding[] = []
  for (const [place, name] of made) {
    const before = places.get(name)
    if (before !== undefined)
      found.push({ about: causeOf(name), text: `${name} is stored at @${before} and at @${place}` })
    places.set(name, place)
  }
  return found
}

/** What rules have not made, as far as all events are known. */
export function missingConsequences(history: History): Finding[] {
  if (!isWhole(history)) return []
  const made = new Set(history.made.values())
  return [...expectedOf(history)]
    .filter((name) => !made.has(name))
    .map((name) => ({ about: causeOf(name), text: `${name} should follow, and is not stored` }))
}

function unfounded(history: History): Finding[] {
  if (!isWhole(history)) return []
  const expected = expectedOf(history)
  return [...history.made.values()]
    .filter((name) => !expected.has(name))
    .map((name) => ({ about: causeOf(name), text: `${name} is stored, and nothing gives cause for it` }))
}

/**
 * Of removed events nobody knows whether rules have seen them. Servers whose clocks jump give events other times, and those
 * that lose events after rules have seen them give the same ones later times.
 */
function isWhole({ hasRules, removed, rewritten, hasJumped }: History): boolean {
  return hasRules && removed.size === 0 && rewritten.size === 0 && !hasJumped
}

/** Names of all that the rules should make of the log. */
function expectedOf({ stored, times }: History): Set<string> {
  const expected = new Set<string>()
  const publishers = new Map<string, Load[]>()
  for (const [place, name] of [...stored].sort(([one], [other]) => one - other)) {
    const publisher = name.slice(0, name.indexOf('/'))
    const loads = publishers.get(publisher) ?? []
    publishers.set(publisher, loads)
    loads.push({ name, at: times.get(place)! })
  }
  for (const loads of publishers.values()) {
    let actedAt = Number.NEGATIVE_INFINITY
    for (const [index, { name, at }] of loads.entries()) {
      if ((index + 1) % COUNTED === 0) expected.add(`alert/counted/${name}`)
      if (at >= actedAt + ONCE_MS) {
        expected.add(`alert/once/${name}`)
        actedAt = at
      }
      if ((loads[index + 1]?.at ?? Number.POSITIVE_INFINITY) > at + SILENT_MS)
        expected.add(`alert/silent/${name}`)
    }
  }
  return expected
}

function causeOf(name: string): string {
  return name.split('/').slice(2).join('/')
}
