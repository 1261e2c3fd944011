import type { CounterRange } from '../../../bus/request-publisher.js'
import { catalogue, type ErrorCode, type TocsinError } from '../../../errors/tocsin-error.js'
import { formatCursor } from '../../../event/cursor.js'

/** The outcome of a request: what happened to each event, by its number in the request, from 1. */
export interface Outcome {
  count: number
  /** Events stored: `count` without refused events and blank lines. */
  accepted: number
  /** Stored events only. */
  runs: CounterRange[]
  refused: RefusedItem[]
  /** Refusals that are counted but not listed. */
  unlisted: number
  durable: boolean
}

export interface RefusedItem {
  number: number
  code: ErrorCode
  detail: string
  details?: Readonly<Record<string, unknown>>
}

/** Maximum number of refusals that are listed; further ones are only counted. */
export const MAX_REFUSALS = 1000
const MAX_DETAIL = 300

export function refusedItem(number: number, { code, message, details }: TocsinError): RefusedItem {
  const detail = code === 'TCN_INTERNAL' ? catalogue[code].summary : message.slice(0, MAX_DETAIL)
  return Object.keys(details).length === 0 ? { number, code, detail } : { number, code, detail, details }
}

export function refusedCount({ refused, unlisted }: Outcome): number {
  return refused.length + unlisted
}

/** The cursor of each event; undefined if it was refused, or stored by an attempt whose answer is not known. */
export function cursors({ count, runs }: Outcome, epoch: string): (string | undefined)[] {
  const found: (string | undefined)[] = new Array(count).fill(undefined)
  for (const { counter, seq, length } of runs) {
    for (let i = 0; i < length; i++) {
      const number = counter + i
      if (number >= 1 && number <= count) found[number - 1] = formatCursor(epoch, seq + i)
    }
  }
  return found
}

export function lastCursor({ runs }: Outcome, epoch: string): string | undefined {
  const seqs = runs.map(({ seq, length }) => seq + length - 1)
  return seqs.length === 0 ? undefined : formatCursor(epoch, Math.max(...seqs))
}
