import { connect } from '../../src/client/index.js'

/** Turns of the hub's event loop by part and by the bound of their processor time, ms, as the hub counts them. */
type Counted = ReadonlyMap<string, ReadonlyMap<number, number>>

export interface LongTurns {
  /** Processor time that no turn has exceeded, ms; infinite if it is not known. */
  atMost: number
  /** Turns over 20 ms. */
  over: number
  /** Turns over 20 ms by the part that took most of each. */
  parts: ReadonlyMap<string, number>
}

const BOUND = 20
const INFINITE = Number.POSITIVE_INFINITY
const LINE = /^tocsin_event_loop_turn_seconds_bucket\{(.*)\} (\d+)$/gm
const LABEL = /(\w+)="([^"]*)"/g

/** Begins to look at the turns of the hub at this address. The returned function says how long they were since then. */
export async function watchTurns(address: string): Promise<() => Promise<LongTurns>> {
  const before = await countTurns(address)
  return async () => {
    const after = await countTurns(address)
    const since = (part: string, bound: number) =>
      (after.get(part)?.get(bound) ?? 0) - (before.get(part)?.get(bound) ?? 0)
    const over = (bound: number) =>
      [...after.keys()].map((part) => [part, since(part, INFINITE) - since(part, bound)] as const)
    const sum = (bound: number) => over(bound).reduce((all, [, count]) => all + count, 0)
    const [bounds = []] = [...after.values()].map((counts) => [...counts.keys()].sort((a, b) => a - b))
    const parts = new Map(over(BOUND).filter(([, count]) => count > 0))
    return { atMost: bounds.find((bound) => sum(bound) === 0)!, over: sum(BOUND), parts }
  }
}

/** Counts the turns of each part that took at most as long as each bound. */
async function countTurns(address: string): Promise<Counted> {
  const client = await connect({ address })
  const { text } = await client.request('metrics.read', {})
  await client.close()
  const counts = new Map<string, Map<number, number>>()
  for (const [, labels, count] of text.matchAll(LINE)) {
    const { part, le } = Object.fromEntries(
      [...labels.matchAll(LABEL)].map(([, name, value]) => [name, value]),
    )
    const bound = le === '+Inf' ? INFINITE : Math.round(Number(le) * 1000)
    const bounds = counts.get(part) ?? new Map<number, number>()
    counts.set(part, bounds.set(bound, Number(count)))
  }
  return counts
}
