import type { LostRange } from './event-log.js'

export type LossReason = 'lost-in-crash' | 'lost-in-damage'

/** The reason of the gap that a reader of the range receives. */
export function lossReason({ damaged }: LostRange): LossReason {
  return damaged === true ? 'lost-in-damage' : 'lost-in-crash'
}

/** The note for readers of a gap, if its numbers alone would mislead them. */
export function noteOn({ from, to, reason }: { from: number; to: number; reason: string }): {
  note?: string
} {
  return reason === 'lost-in-crash' ? { note: crashNote({ from, to }) } : {}
}

/** Explains the effect of a crash on such a range: most of its numbers never belonged to an event. */
export function crashNote({ from, to }: Pick<LostRange, 'from' | 'to'>): string {
  return `up to 50 ms of events not acknowledged as durable may be missing; the numbers @${from} to @${to} are not used again`
}
