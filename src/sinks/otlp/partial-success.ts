import { z } from 'zod'

/** Items of a message that a collector has not kept, though it has taken the message. */
export interface Rejected {
  count: number
  reason: string
}

/** 64-bit integers are text in the JSON form of OTLP; some servers write numbers all the same. */
const count = z
  .union([z.string().regex(/^\d{1,15}$/), z.int().min(0)])
  .transform(Number)
  .default(0)
const answer = z.object({
  partialSuccess: z.object({
    rejectedLogRecords: count,
    rejectedSpans: count,
    rejectedDataPoints: count,
    errorMessage: z.string().default(''),
  }),
})

/** Reads the answer of a collector to a message that it has taken; undefined if it has kept everything. */
export function rejectedIn(text: string): Rejected | undefined {
  return rejectedOf(parsed(text))
}

/** The same for an answer that was read already. */
export function rejectedOf(value: unknown): Rejected | undefined {
  const { data } = answer.safeParse(value)
  if (data === undefined) return undefined
  const { rejectedLogRecords, rejectedSpans, rejectedDataPoints, errorMessage } = data.partialSuccess
  const count = rejectedLogRecords + rejectedSpans + rejectedDataPoints
  return count === 0 ? undefined : { count, reason: errorMessage }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
