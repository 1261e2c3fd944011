import type { Broken } from './check.js'
import type { Consumed, History } from './history.js'

/** What a hub had not stored of a consumer is delivered as new when another one takes over, up to so long after, ms. */
const RECENT_MS = 60_000
/** How far the position that is stored may be behind, ms. */
const UNSAVED_MS = 6000

/** Each event is delivered, and once more only with a mark, or without one after its hub was held up. */
export function checkConsumer({ consumed, upsets, stored }: History): Broken[] {
  const first = new Map<number, Consumed>()
  const broken: Broken[] = []
  for (const delivery of consumed) {
    const { place, name, isMarked, at } = delivery
    const known = stored.get(place)
    if (known !== name) {
      const text = `the consumer received ${name} at @${place}, where ${known ?? 'nothing'} is stored`
      broken.push({ promise: 'cursor', text, about: name })
    }
    const before = first.get(place)
    first.set(place, delivery)
    if (before === undefined || isMarked) continue
    if (upsets.some(({ from, to }) => to > before.at - UNSAVED_MS && from < at && at - to < RECENT_MS))
      continue
    const text = `${name} at @${place} was delivered ${Math.round(at - before.at)} ms later once more, without a mark`
    broken.push({ promise: 'consumer', text, about: name })
  }
  return broken
}
