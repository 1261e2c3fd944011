import { expect } from 'vitest'
import type { AttackedHub } from './attacked-hub.js'

/** Fails if the hub counts a turn over the bound while the work is done. */
export async function holdsNobodyUp(
  hub: AttackedHub,
  work: () => Promise<unknown>,
  prepare?: () => Promise<unknown>,
): Promise<void> {
  const turns = await hub.turnsDuring(work, prepare)
  if (process.env.SHOW_TURNS) console.log(expect.getState().currentTestName, JSON.stringify(turns))
  expect(turns.count, JSON.stringify(turns)).toBe(0)
}

export async function times(count: number, work: (nth: number) => Promise<unknown>): Promise<void> {
  for (let nth = 0; nth < count; nth++) await work(nth)
}
