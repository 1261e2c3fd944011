import type { Run } from '../../../bus/request-publisher.js'
import { catalogue, type ErrorCode, type TocsinError } from '../../../errors/tocsin-error.js'
import { formatCursor } from '../../../event/cursor.js'

/** What became of the events of a request, by their number in it, from 1. */
export interface Outcome {
  count: number
  /** Stored: `count` without those refused, and without blank lines. */
  accepted: number
  /** Refused ones are not among them. */
  runs: Run[]
  refused: RefusedItem[]
  /** Refused and not listed. */
  unlisted: number
  durable: boolean
}

export interface RefusedItem {
  number: number
  code: ErrorCode
  detail: string
  details?: Readonly<Record<string, unknown>>
}

/** Refusals that are listed one by one; of the others it is said how many there are. */
export const MAX_REFUSALS = 1000
const MAX_DETAIL = 300

export function refusedItem(number: number, { code, message, details }: TocsinError): RefusedItem {
  const detail = code === 'TCN_INTERNAL' ? catalogue[code].summary : message.slice(0, MAX_DETAIL)
  return Object.keys(details).length === 0 ? { number, code, detail } : { number, code, detail, details }
}

export function refusedCount({ refused, unlisted }: Outcome): number {
  return refused.length + unlisted
}

/** Where each event is; undefined where it was refused, or stored by an attempt whose answer is not known. */
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
