import type { Broken } from './check.js'
import type { Consumed, History } from './history.js'

/** Each event is delivered, and once more only with a mark. */
export function checkConsumer({ consumed, stored }: History): Broken[] {
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
    const text = `${name} at @${place} was delivered ${Math.round(at - before.at)} ms later once more, without a mark`
    broken.push({ promise: 'consumer', text, about: name })
  }
  return broken
}
