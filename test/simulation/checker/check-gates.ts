import type { Broken } from './check.js'
import type { History } from './history.js'

/** Stands for all hubs while the others are not known. */
const ANY = 'other hubs'

/** So long after a fault a guard may not know yet that its hub has lost it, ms. */
const UPSET_MS = 30_000

/** A guard that was registered has answered, or its hub is named. */
export function checkGates({ passed, guards, upsets }: History): Broken[] {
  const broken: Broken[] = []
  for (const { name, askedAt, passedAt, answered, missing } of passed)
    for (const { guard, hub, from, until } of guards) {
      const isRegistered = from < askedAt && until > passedAt
      const isNamed = answered.includes(guard) || missing.includes(hub) || missing.includes(ANY)
      const isUpset = upsets.some((each) => each.from < passedAt && each.to > askedAt - UPSET_MS)
      if (!isRegistered || isNamed || isUpset) continue
      const seconds = ((passedAt - askedAt) / 1000).toFixed(1)
      const text = `${name} passed after ${seconds} s, and ${guard} at ${hub} was neither heard nor named`
      broken.push({ promise: 'gate', text, about: name })
    }
  return broken
}
