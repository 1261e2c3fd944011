import { nextTurn, type Runtime } from '../event/runtime.js'
import { faultInSteps } from './lmdb-file.js'

export type Turns = Pick<Runtime, 'soon'>

/** `faultOfDataFile`, of which a little is done in each turn of the event loop. */
export async function faultInTurns(folder: string, deep: boolean, turns: Turns): Promise<string | undefined> {
  const steps = faultInSteps(folder, deep)
  for (;;) {
    await nextTurn(turns)
    const { done, value } = steps.next()
    if (done) return value
  }
}
