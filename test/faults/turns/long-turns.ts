import { expect } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import type { HubStatus } from '../../../src/methods/contract/index.js'

/**
 * A bound of the histogram of turns. Benchmarks measure how many turns take more than 20 ms. A machine half as fast as that
 * for which these are meant had some of up to 43 ms, with nothing else at work.
 */
export const BOUND_MS = 50
const TURNS = /^tocsin_event_loop_turn_seconds_bucket\{.*le="([^"]+)".*\} (\d+)$/gm

/** A hub counts no turns as long while it loads its code, which it does for 5 s. */
const LOADED_MICROS = 6_000_000

/** Turns of a hub that have taken longer than the bound so far. */
export async function longTurns(client: Client): Promise<number> {
  const { text } = await client.request('metrics.read', {})
  const sum = (bound: string) =>
    [...text.matchAll(TURNS)].reduce((all, [, le, count]) => all + (le === bound ? Number(count) : 0), 0)
  const within = sum(`${BOUND_MS / 1000}`)
  expect(within).toBeGreaterThan(0)
  return sum('+Inf') - within
}

/** Waits until the hub reports every long turn, also those in which code is loaded. */
export async function loaded(client: Client): Promise<HubStatus> {
  for (;;) {
    const status = await client.request('hub.status', {})
    if (status.now - status.started > LOADED_MICROS) return status
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
