import type { Broken } from './check.js'
import type { History } from './history.js'

/** Stands for all hubs while the others are not known. */
const ANY = 'other hubs'

/** A guard that was registered has answered, or it or its hub is named. */
export function checkGates({ passed, guards }: History): Broken[] {
  const broken: Broken[] = []
  for (const { name, askedAt, passedAt, answered, missing } of passed)
    for (const { guard, hub, from, until } of guards) {
      const isRegistered = from < askedAt && until > passedAt
      const isNamed = missing.some((each) => each === hub || each === ANY || each.endsWith(` ${guard}`))
      if (!isRegistered || answered.includes(guard) || isNamed) continue
      const seconds = ((passedAt - askedAt) / 1000).toFixed(1)
      const text = `${name} passed after ${seconds} s, and ${guard} at ${hub} was neither heard nor named`
      broken.push({ promise: 'gate', text, about: name })
    }
  return broken
}
