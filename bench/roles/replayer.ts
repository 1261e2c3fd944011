import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { loadEnds } from '../sides/ends.js'
import type { SideName } from '../sides/side.js'

export interface ReplayerOptions {
  side: SideName
  address: string
}

let options: ReplayerOptions

serveCalls({
  start(given: ReplayerOptions) {
    options = given
  },
  /** Events per second, from connecting to the last event, as often as fits into some seconds, and at least once. */
  async replay(events: number, length = 0) {
    const { replay } = await loadEnds(options.side)
    const started = seconds()
    let replayed = 0
    let passed = 0
    do {
      await replay(options.address, events)
      replayed += events
      passed = seconds() - started
    } while (passed < length)
    return replayed / passed
  },
})
