import type { Broken } from './check.js'
import type { Consumed, History } from './history.js'

/** Each event is delivered once without a mark. The delivery that has none may be on its way while others overtake it. */
export function checkConsumer({ consumed, stored }: History): Broken[] {
  const unmarked = new Map<number, Consumed>()
  const broken: Broken[] = []
  for (const delivery of consumed) {
    const { place, name, isMarked, at } = delivery
    const known = stored.get(place)
    if (known !== name) {
      const text = `the consumer received ${name} at @${place}, where ${known ?? 'nothing'} is stored`
      broken.push({ promise: 'cursor', text, about: name })
    }
    if (isMarked) continue
    const before = unmarked.get(place)
    unmarked.set(place, delivery)
    if (before === undefined) continue
    const text = `${name} at @${place} was delivered ${Math.round(at - before.at)} ms later once more, without a mark`
    broken.push({ promise: 'consumer', text, about: name })
  }
  return broken
}
