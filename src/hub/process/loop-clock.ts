import { performance } from 'node:perf_hooks'
import type { ProcessorTimes } from '../../processes/processor-times.js'
import { processorTimes } from './processor-wait.js'

/** The state of the event loop and its thread at this moment. Times are in ms. */
export interface LoopClock {
  now(): number
  /** Time that the event loop has waited for anything to do, since its start. */
  idle(): number
  /** Turns of the event loop since its start. */
  turns(): number
  processor(): ProcessorTimes
}

export const loopClock: LoopClock = {
  now: () => performance.now(),
  idle: () => performance.nodeTiming.idleTime,
  turns: () => performance.nodeTiming.uvMetricsInfo.loopCount,
  processor: processorTimes,
}
