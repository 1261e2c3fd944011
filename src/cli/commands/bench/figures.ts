import type { FullSpeed, RateFigures } from './full-speed.js'
import type { Latencies } from './latencies.js'

/** All figures; what is not measured yet is empty. */
export interface Figures extends FullSpeed {
  receipt: Latencies
  durable: Latencies
  replayed: RateFigures
  /** Why there is no figure for a durable acknowledgement. */
  notDurable?: string
}
