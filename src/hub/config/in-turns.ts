import { endOfWork, nextTurn, type Runtime } from '../../event/runtime.js'

/** Time in a turn of the event loop that the steps of one work may take, ms. */
const SLICE = 2

/** Does small steps, some in each turn of the event loop. */
export async function inTurns<Result>(
  runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>,
  steps: Iterator<unknown, Result>,
): Promise<Result> {
  let end = endOfWork(runtime, SLICE)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (runtime.monotonic() < end) continue
    await nextTurn(runtime)
    end = endOfWork(runtime, SLICE)
  }
}
