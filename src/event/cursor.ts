import { TocsinError } from '../errors/tocsin-error.js'

/** The position in a log after the event `seq` of the log `epoch`. Its text is `epoch-seq`; an epoch has 13 characters. */
export interface Cursor {
  epoch: string
  seq: number
}

const pattern = /^([a-z0-9]{13})-(0|[1-9][0-9]{0,15})$/

/**
 * Makes the text of a cursor.
 *
 * @example
 * formatCursor('3k7q0dz9w4m2x', 42) // '3k7q0dz9w4m2x-42'
 */
export function formatCursor(epoch: string, seq: number): string {
  return `${epoch}-${seq}`
}

/**
 * Returns whether a text is a cursor.
 *
 * @example
 * isCursor('3k7q0dz9w4m2x-42') // true
 * isCursor('end-20') // false
 */
export function isCursor(text: string): boolean {
  const match = pattern.exec(text)
  return match !== null && Number.isSafeInteger(Number(match[2]))
}

/**
 * Reads the text of a cursor. Throws TCN_CURSOR_INVALID.
 *
 * @example
 * parseCursor('3k7q0dz9w4m2x-42') // { epoch: '3k7q0dz9w4m2x', seq: 42 }
 */
export function parseCursor(text: string): Cursor {
  const match = pattern.exec(text)
  const seq = Number(match?.[2])
  if (match === null || !Number.isSafeInteger(seq)) {
    throw new TocsinError('TCN_CURSOR_INVALID', `not a cursor: ${JSON.stringify(text.slice(0, 80))}`)
  }
  return { epoch: match[1], seq }
}
