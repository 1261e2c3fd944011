import { setImmediate as nextTurn } from 'node:timers/promises'

/** Each takes some microseconds; the rights of a principal that name much take a few hundred. */
const STEPS = 16

/** Does a number of small steps in each turn of the event loop. */
export async function inTurns<Result>(steps: Iterator<unknown, Result>, atOnce = STEPS): Promise<Result> {
  for (let nth = 1; ; nth++) {
    const { done, value } = steps.next()
    if (done) return value
    if (nth % atOnce === 0) await nextTurn()
  }
}
