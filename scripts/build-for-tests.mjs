import { ensureBuilt, StepFailed, say } from './steps.mjs'

/** Builds the program, so that its tests never run an older version than the sources. */
export default function buildForTests() {
  try {
    ensureBuilt()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    // The compiler writes its output nevertheless; `npm test` reports its errors elsewhere.
    say(error.message)
  }
}
