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
  /** Events per second, from connecting to the last event. */
  async replay(events: number) {
    const { replay } = await loadEnds(options.side)
    const started = seconds()
    await replay(options.address, events)
    return events / (seconds() - started)
  },
})
