import { expect } from 'vitest'
import type { AttackedHub } from './attacked-hub.js'

/** Only work that takes long by itself, and not for what else the machine does, takes long each of these times. */
const TRIES = 5

/** Fails if the hub counts a turn over the bound each time that the work is done. */
export async function holdsNobodyUp(
  hub: AttackedHub,
  work: () => Promise<unknown>,
  prepare?: () => Promise<unknown>,
): Promise<void> {
  let turns = await hub.turnsDuring(work, prepare)
  for (let tries = 1; tries < TRIES && turns.count > 0; tries++) turns = await hub.turnsDuring(work, none)
  if (process.env.SHOW_TURNS) console.log(expect.getState().currentTestName, JSON.stringify(turns))
  expect(turns.count, JSON.stringify(turns)).toBe(0)
}

async function none(): Promise<void> {}

export async function times(count: number, work: (nth: number) => Promise<unknown>): Promise<void> {
  for (let nth = 0; nth < count; nth++) await work(nth)
}
