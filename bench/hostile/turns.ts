import { connect } from '../../src/client/index.js'

/** Turns of the hub's event loop by the bound of their processor time, ms, as the hub counts them. */
type Counted = ReadonlyMap<number, number>

export interface LongTurns {
  /** Processor time that no turn has exceeded, ms; infinite if it is not known. */
  atMost: number
  /** Turns over 20 ms. */
  over: number
}

const BOUND = 20
const LINE = /^tocsin_event_loop_turn_seconds_bucket\{.*le="([^"]+)".*\} (\d+)$/gm

/** Begins to look at the turns of the hub at this address. The returned function says how long they were since then. */
export async function watchTurns(address: string): Promise<() => Promise<LongTurns>> {
  const before = await countTurns(address)
  return async () => {
    const after = await countTurns(address)
    const since = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0)
    const all = since(Number.POSITIVE_INFINITY)
    const bounds = [...after.keys()].sort((a, b) => a - b)
    return { atMost: bounds.find((bound) => since(bound) === all)!, over: all - since(BOUND) }
  }
}

/** Counts the turns of all parts together that took at most as long as each bound. */
async function countTurns(address: string): Promise<Counted> {
  const client = await connect({ address })
  const { text } = await client.request('metrics.read', {})
  await client.close()
  const counts = new Map<number, number>()
  for (const [, le, count] of text.matchAll(LINE)) {
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Math.round(Number(le) * 1000)
    counts.set(bound, (counts.get(bound) ?? 0) + Number(count))
  }
  return counts
}
