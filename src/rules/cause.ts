/** Seq of the event with this cursor. */
export function seqIn(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('-') + 1))
}

/** Epoch of the log that has the event with this cursor. */
export function epochIn(cursor: string): string {
  return cursor.slice(0, cursor.lastIndexOf('-'))
}
