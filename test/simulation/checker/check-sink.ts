import type { Broken } from './check.js'
import type { History } from './history.js'

/** The receiver of a sink has everything, for the first time in order, and again only after a fault. */
export function checkSink(history: History): Broken[] {
  const { delivered, stored, made, removed } = history
  const broken = undelivered(history).map((place): Broken => {
    const about = stored.get(place) ?? made.get(place)
    return { promise: 'sink', text: `the receiver never got ${about} at @${place}`, about }
  })
  const first = new Set<number>()
  let last = 0
  for (const { place, name } of delivered) {
    const known = stored.get(place) ?? made.get(place)
    if (known !== name && !removed.has(place)) {
      const text = `the receiver got ${name} at @${place}, where ${known ?? 'nothing'} is stored`
      broken.push({ promise: 'cursor', text, about: name })
    }
    if (!first.has(place) && place < last)
      broken.push({
        promise: 'sink',
        text: `the receiver got ${name} at @${place} after @${last}`,
        about: name,
      })
    first.add(place)
    last = Math.max(last, place)
  }
  return broken
}

/** Places of which the receiver has nothing. */
export function undelivered({ hasSink, delivered, stored, made, removed }: History): number[] {
  if (!hasSink) return []
  const arrived = new Set(delivered.map(({ place }) => place))
  return [...stored.keys(), ...made.keys()].filter((place) => !arrived.has(place) && !removed.has(place))
}
