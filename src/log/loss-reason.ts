import type { LostRange } from './event-log.js'

export type LossReason = 'lost-in-crash' | 'lost-in-damage'

/** The reason of the gap that a reader of the range receives. */
export function lossReason({ damaged }: LostRange): LossReason {
  return damaged === true ? 'lost-in-damage' : 'lost-in-crash'
}
