import type { HubState } from '../../hub/hub-state.js'

interface Count {
  now: number
  accepted: number
}

/** The number of events that each hub accepts a second, from the reports that it makes at intervals. */
export class HubRates {
  #counts = new Map<string, Count>()

  /** The rates since the last call, by the name of the hub. A hub that is new, or was restarted, has none yet. */
  next({ status, overview }: HubState): Map<string, number> {
    const views = overview?.hubs ?? [{ hub: status.name, status }]
    const before = this.#counts
    const rates = new Map<string, number>()
    this.#counts = new Map()
    for (const { hub, status: own } of views) {
      if (own === undefined) continue
      const count = { now: own.now, accepted: own.events.accepted }
      this.#counts.set(hub, count)
      const rate = rateOf(before.get(hub), count)
      if (rate !== undefined) rates.set(hub, rate)
    }
    return rates
  }
}

function rateOf(before: Count | undefined, { now, accepted }: Count): number | undefined {
  if (before === undefined || now <= before.now) return undefined
  return Math.max(0, accepted - before.accepted) / ((now - before.now) / 1e6)
}
