import { endOfLog } from './log-pages.js'

/** The way that a list which is catching up has before it. */
export interface Behind {
  /** Age of its last row, µs. */
  readonly micros: number
  /** Events of the log after it, also those that do not match. */
  readonly events: number
}

/** Measures how far it is from a cursor to the end of the log. */
export async function behindOf(cursor: string, lastTime: number | undefined): Promise<Behind | undefined> {
  const end = await endOfLog().catch(() => undefined)
  if (end === undefined) return undefined
  const now = Date.now() * 1000
  return {
    micros: Math.max(0, now - (lastTime ?? now)),
    events: Math.max(0, seqOf(end) - seqOf(cursor)),
  }
}

function seqOf(cursor: string): number {
  return Number(cursor.slice(cursor.lastIndexOf('-') + 1))
}
