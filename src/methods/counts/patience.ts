import { z } from 'zod'
import type { Coverage } from '../results/events.js'
import type { Reached } from './count-range.js'

const MAX_WAIT_MS = 60_000

/** Parameters of questions that may be answered before everything is counted. */
export const patienceParams = {
  wait: z
    .number()
    .int()
    .min(0)
    .max(MAX_WAIT_MS)
    .optional()
    .describe(
      'Answer after this time, ms, with what was counted until then, and continue to count for at least 10 s. Default: answer when everything is counted.',
    ),
  more: z
    .string()
    .max(32)
    .optional()
    .describe(
      'Continues the question whose answer had this `more`; all other parameters are the same. An unknown one begins again.',
    ),
}

export type Patience = z.output<z.ZodObject<typeof patienceParams>>

/** Returns what a question depends on, without how long its caller waits. */
export function keyOf({
  wait: _wait,
  more: _more,
  ...asked
}: object & { wait?: unknown; more?: unknown }): string {
  return JSON.stringify(asked)
}

/**
 * Returns what an answer says about the part that was counted. `end` rounds up the time from which everything was
 * counted: the exact time may be that of an event that the caller may not see.
 */
export function coverageOf(
  reached: Reached,
  counted: number,
  missed: number,
  end: (micros: number) => number,
): Coverage {
  return {
    exact: reached.isWhole && missed === 0,
    ...(reached.isWhole ? { total: counted } : { atLeast: counted }),
    ...(reached.after !== undefined && { coveredFrom: end(reached.after) }),
    ...(reached.share !== undefined &&
      reached.after !== undefined && { share: Math.floor(reached.share * 100) / 100 }),
    ...(missed > 0 && { missed }),
  }
}
