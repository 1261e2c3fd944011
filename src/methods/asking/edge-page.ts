import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import { checkFrame, WIDEST_LIMITS } from '../../event/check.js'
import { isCursor, parseCursor } from '../../event/cursor.js'
import { frameBytes } from '../../event/frame.js'
import type { AskedEdges, ReadGap } from '../contract/index.js'
import * as results from '../results/events.js'

const MAX_GAPS = 1_000
const MAX_TEXT = 2_048

const page = z.object({
  frames: results.eventPage.shape.frames,
  next: z.string().max(MAX_TEXT).optional(),
  cursor: z.string().max(MAX_TEXT),
  first: z.int().min(0).optional(),
  gaps: z.array(results.readGap).max(MAX_GAPS),
  asked: results.askedEdges.optional(),
})

/** A page of events that another hub has answered with. */
export interface EdgePage {
  readonly frames: Uint8Array
  readonly next: string | undefined
  readonly cursor: string
  /** That of the log from which it was read; empty for an answer of several hubs. */
  readonly epoch: string
  /** Number of the first event of this log. */
  readonly first: number
  readonly gaps: readonly ReadGap[]
  readonly asked: AskedEdges | undefined
}

/** Checks the answer, since the hub may be of another version, or hostile. Throws TCN_EDGE_ANSWER. */
export function readEdgePage(answer: unknown): EdgePage {
  const found = page.safeParse(answer)
  if (!found.success) throw new TocsinError('TCN_EDGE_ANSWER', found.error.issues[0]?.message)
  const { frames, next, cursor, first = 0, gaps, asked } = found.data
  for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
    const fault = checkFrame(frames, at, frames.length, WIDEST_LIMITS, 'hub')
    if (fault !== undefined) throw new TocsinError('TCN_EDGE_ANSWER', `an event is not valid: ${fault}`)
  }
  const epoch = isCursor(cursor) ? parseCursor(cursor).epoch : ''
  return { frames, next, cursor, epoch, first, gaps, asked }
}
