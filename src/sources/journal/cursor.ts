/** The parts of a cursor that tell whether entries are missing between two of them. */
interface CursorParts {
  /** The writer's sequence of entries, which a new journal begins anew. */
  sequence: string
  /** Number in the sequence, without holes if all entries are read. */
  number: bigint
}

export function parseCursor(cursor: string): CursorParts | undefined {
  const match = /^s=([0-9a-f]{32});i=([0-9a-f]{1,16});/.exec(cursor)
  return match === null ? undefined : { sequence: match[1], number: BigInt(`0x${match[2]}`) }
}

/**
 * Returns the gap between the entry at which the source stopped and the first one that it reads afterwards.
 * journalctl does not report that the place is gone, but continues at the nearest time.
 */
export function missingBetween(before: string, after: string): { count: number | undefined } | undefined {
  const [old, fresh] = [parseCursor(before), parseCursor(after)]
  if (old === undefined || fresh === undefined) return undefined
  if (old.sequence !== fresh.sequence) return { count: undefined }
  const missing = fresh.number - old.number - 1n
  return missing > 0n ? { count: Number(missing) } : undefined
}
