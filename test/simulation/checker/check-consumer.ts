import type { Broken } from './check.js'
import type { Consumed, History } from './history.js'

/** Each event is delivered, parked or named by a gap, and delivered once without a mark. */
export function checkConsumer(history: History): Broken[] {
  const lost = unconsumed(history).map((place): Broken => {
    const about = history.stored.get(place)
    const text = `${about} at @${place} was neither delivered nor parked, and no gap names it`
    return { promise: 'consumer', text, about }
  })
  return [...lost, ...checkDeliveries(history)]
}

/** Places of events that the consumer has not delivered, of which no gap was told, and that are not parked. */
export function unconsumed({
  hasConsumer,
  consumed,
  consumerGaps,
  parked,
  stored,
  removed,
}: History): number[] {
  if (!hasConsumer) return []
  const taken = new Set(consumed.map(({ place }) => place))
  const isNamed = (place: number) => consumerGaps.some(({ from, to }) => from <= place && place <= to)
  const isSettled = (place: number, name: string) => taken.has(place) || parked.has(name) || isNamed(place)
  // What was removed before the consumer began is not for it.
  const begin = consumed.reduce((lowest, { place }) => Math.min(lowest, place), Number.POSITIVE_INFINITY)
  return [...stored]
    .filter(([place, name]) => !isSettled(place, name) && !(removed.has(place) && place < begin))
    .map(([place]) => place)
}

/** The delivery that has no mark may be on its way while others overtake it. */
function checkDeliveries({ consumed, stored }: History): Broken[] {
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
