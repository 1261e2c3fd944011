import { frameBytes, frameSeq, frameTime, tagStart } from '../../event/frame.js'
import type { EventLog, ProducerRange } from '../../log/event-log.js'

/** An event that the log has, as it was given to it. */
export interface StoredEvent {
  producer: Pick<ProducerRange, 'key' | 'last'>
  frame: Uint8Array
  /** It has a later seq than this one. */
  after: number
}

/**
 * Resolves with the seq of an event that is stored, by the counter beside it; 0 if it is not found, or if `isOver` says that
 * nobody waits for it. Counters come with the time of their event: of those with this time it is the one with these bytes.
 */
export async function placeOf(
  log: Pick<EventLog, 'counters' | 'read'>,
  event: StoredEvent,
  isOver: () => boolean,
): Promise<number> {
  const time = await timeOf(log, event, isOver)
  if (time === undefined) return 0
  const wanted = contentOf(event.frame, 0)
  for await (const { bytes } of log.read(event.after + 1, {})) {
    if (isOver()) return 0
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at))
      if (frameTime(bytes, at) === time && wanted.equals(contentOf(bytes, at))) return frameSeq(bytes, at)
  }
  return 0
}

async function timeOf(
  log: Pick<EventLog, 'counters'>,
  { producer: { key, last: counter }, after }: StoredEvent,
  isOver: () => boolean,
): Promise<number | undefined> {
  for await (const { producers, time } of log.counters?.(after + 1) ?? []) {
    if (isOver()) return undefined
    if (producers.some(({ key: of, first, last }) => of === key && first <= counter && counter <= last))
      return time
  }
  return undefined
}

/** The tag and the body. */
function contentOf(bytes: Uint8Array, at: number): Buffer {
  const start = tagStart(bytes, at)
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, at + frameBytes(bytes, at) - start)
}
