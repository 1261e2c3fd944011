import { ensureBuilt } from '../compile.mjs'
import { StepFailed, say } from '../steps.mjs'

/** Builds the program, so that its tests never run an older version than the sources. */
export default async function buildForTests() {
  try {
    await ensureBuilt()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    say(error.message)
  }
}
