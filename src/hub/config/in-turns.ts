import { doneInTurns, endOfWork, nextTurn, type Runtime } from '../../event/runtime.js'

/** Time in a turn of the event loop that the steps of one work may take, ms. */
const SLICE = 2

/** Does small steps, some in each turn of the event loop. */
export async function inTurns<Result>(
  runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>,
  steps: Iterator<unknown, Result>,
): Promise<Result> {
  let end = endOfWork(runtime, SLICE)
  return doneInTurns(steps, () => {
    if (runtime.monotonic() < end) return undefined
    return nextTurn(runtime).then(() => {
      end = endOfWork(runtime, SLICE)
    })
  })
}
