import type { Broken } from './check.js'
import type { History } from './history.js'
import { PassedOver } from './passed-over.js'

/**
 * The receiver of a sink has everything, for the first time in order, and again only after a fault. Single events may
 * come before one that was not taken again and again.
 */
export function checkSink(history: History): Broken[] {
  const { delivered, stored, made, removed } = history
  const broken = undelivered(history).map((place): Broken => {
    const about = stored.get(place) ?? made.get(place)
    return { promise: 'sink', text: `the receiver never got ${about} at @${place}`, about }
  })
  const first = new Set<number>()
  const passed = new PassedOver(history.failedDeliveries)
  let last = 0
  for (const [index, { place, name, isRefused }] of delivered.entries()) {
    const known = stored.get(place) ?? made.get(place)
    if (known !== name && !removed.has(place)) {
      const text = `the receiver got ${name} at @${place}, where ${known ?? 'nothing'} is stored`
      broken.push({ promise: 'cursor', text, about: name })
    }
    if (isRefused) continue
    // A hub that stood still may still have what was removed meanwhile, and the one after it could not wait for that.
    if (!first.has(place) && place < last && !removed.has(place))
      broken.push({
        promise: 'sink',
        text: `the receiver got ${name} at @${place} after @${last}`,
        about: name,
      })
    if (!first.has(place)) last = Math.max(last, passed.before(place, index) ?? place)
    first.add(place)
    passed.taken(place)
  }
  return broken
}

/** Places of which the receiver has nothing. */
export function undelivered({ hasSink, delivered, stored, made, removed }: History): number[] {
  if (!hasSink) return []
  const arrived = new Set(delivered.map(({ place }) => place))
  return [...stored.keys(), ...made.keys()].filter((place) => !arrived.has(place) && !removed.has(place))
}
