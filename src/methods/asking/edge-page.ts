import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import { checkFrame, WIDEST_LIMITS } from '../../event/check.js'
import { isCursor, parseCursor } from '../../event/cursor.js'
import { Event } from '../../event/event.js'
import { frameBytes, frameSeq, frameTime } from '../../event/frame.js'
import type { AskedEdges, ReadGap } from '../contract/index.js'
import * as results from '../results/events.js'
import { EDGE_ATTRIBUTE } from './labelled-event.js'
import { EDGE_PATH, type HubToAsk } from './question.js'

const MAX_GAPS = 100
/** Bytes of events that all hubs together send ahead. */
const AHEAD_BYTES = 16 * 1024 * 1024
const LEAST_BYTES = 4 * 1024
const MAX_TEXT = 2_048

const page = z.object({
  frames: results.eventPage.shape.frames,
  next: z.string().max(MAX_TEXT).optional(),
  cursor: z.string().max(MAX_TEXT),
  first: z.int().min(0).optional(),
  gaps: z.array(
    results.readGap.omit({ note: true }).extend({ edge: z.string().regex(EDGE_PATH).optional() }),
  ),
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
  /** The place of its last event; that of the page before it if it has none. */
  readonly last: FramePlace | undefined
}

/** The bytes of a page of one of several hubs, which has its share of what all send ahead. */
export function bytesFor(hubs: number, most: number): number {
  return Math.min(most, Math.max(LEAST_BYTES, Math.floor(AHEAD_BYTES / Math.max(1, hubs))))
}

/** The page that was asked for. */
export interface WantedPage {
  readonly limit: number
  readonly bytes: number
  readonly isBackwards: boolean
  /** The place of the last event of the page before. */
  readonly after: FramePlace | undefined
}

interface FramePlace {
  readonly time: number
  /** The name of the hub, for a hub of several. */
  readonly edge: string
  readonly seq: number
}

/** Checks the answer, since the hub may be of another version, or hostile. Throws TCN_EDGE_ANSWER. */
export function readEdgePage(
  answer: unknown,
  { choice }: Pick<HubToAsk, 'choice'>,
  wanted: WantedPage,
): EdgePage {
  const found = page.safeParse(answer)
  if (!found.success) throw notValid(found.error.issues[0]?.message)
  const { frames, next, cursor, first = 0, gaps, asked } = found.data
  const last = checkFrames(frames, choice !== undefined, wanted)
  const epoch = choice === undefined && isCursor(cursor) ? parseCursor(cursor).epoch : ''
  return { frames, next, cursor, epoch, first, gaps: gaps.slice(0, MAX_GAPS), asked, last }
}

/** Each event must come after its predecessor, so that an answer has an end. */
function checkFrames(frames: Uint8Array, isBelow: boolean, wanted: WantedPage): FramePlace | undefined {
  const { limit, bytes, isBackwards } = wanted
  let { after } = wanted
  let count = 0
  for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
    if (++count > limit || at > bytes) throw notValid('it is longer than what was asked for')
    const fault = checkFrame(frames, at, frames.length, WIDEST_LIMITS, 'hub')
    if (fault !== undefined) throw notValid(`an event is not valid: ${fault}`)
    const place = placeIn(frames, at, isBelow)
    const [earlier, later] = isBackwards ? [place, after] : [after, place]
    if (earlier !== undefined && later !== undefined && !isAfter(later, earlier))
      throw notValid('the events are not in their order')
    after = place
  }
  return after
}

function placeIn(frames: Uint8Array, at: number, isBelow: boolean): FramePlace {
  const time = frameTime(frames, at)
  const edge = isBelow ? String(new Event(frames, at).attributes[EDGE_ATTRIBUTE] ?? '') : ''
  if (!Number.isSafeInteger(time)) throw notValid('the time of an event is not valid')
  if (isBelow && !EDGE_PATH.test(edge)) throw notValid('an event lacks the name of its hub')
  return { time, edge, seq: frameSeq(frames, at) }
}

function isAfter(later: FramePlace, earlier: FramePlace): boolean {
  if (later.time !== earlier.time) return later.time > earlier.time
  return later.edge === earlier.edge ? later.seq > earlier.seq : later.edge > earlier.edge
}

function notValid(what: string | undefined): TocsinError {
  return new TocsinError('TCN_EDGE_ANSWER', what)
}
