import type { TocsinError } from '../../errors/tocsin-error.js'
import { Event } from '../../event/event.js'
import { encodeFrame, frameBytes, frameSeq } from '../../event/frame.js'
import { encode } from '../../event/msgpack/encoder.js'
import type { ProducerRange } from '../../log/event-log.js'
import { withRefusedAfter } from '../../log/producer-range.js'
import type { HubGap } from '../../types/hub-types.js'

/** Frames of one producer that are appended together. Where they are sent again, the counters tell what is stored. */
export interface AppendEntry {
  /** Rises with each entry of a hub. */
  number: number
  bytes: Uint8Array
  producer: ProducerRange
}

/** The outcome of an entry. */
export interface AppendOutcome {
  number: number
  error?: TocsinError
  /** Seq of the last frame; 0 if it was stored before. */
  seq: number
  /** Number of frames, the last one included, that have seqs one after another up to `seq`. */
  run: number
}

/** Returns the entry without the frames that are stored already; undefined if that are all of them. */
export function withoutRepeats(entry: AppendEntry, last: number): AppendEntry | undefined {
  const { bytes, producer } = entry
  if (producer.first > last) {
    const rest = withRefusedAfter(producer, last)
    return rest === producer ? entry : { ...entry, producer: rest }
  }
  if (producer.last <= last) return undefined
  if (producer.count === 1) return restOfGap(entry, last)
  let at = 0
  let count = producer.count
  while (frameSeq(bytes, at) <= last) {
    at += frameBytes(bytes, at)
    count--
  }
  const { key } = producer
  const rest = { key, first: frameSeq(bytes, at), last: producer.last, count }
  return { ...entry, bytes: bytes.subarray(at), producer: rest }
}

/**
 * A gap is one event for all its counters. Events of an earlier connection may have arrived after the edge hub has asked
 * what there is, and are not missing.
 */
function restOfGap({ number, bytes, producer }: AppendEntry, stored: number): AppendEntry | undefined {
  const { tag, source, data } = new Event<HubGap>(bytes)
  const { last = 0 } = data
  const first = stored + 1
  if (last < first) return undefined
  const body = encode({ ...data, first, count: last - first + 1 })
  const rest = { ...withRefusedAfter(producer, stored), first }
  return { number, bytes: encodeFrame({ tag, source, body, seq: producer.last }), producer: rest }
}

/** The producer of what a hub publishes itself, or for others without a name: nobody asks for its counters. */
export function ownKey(hub: string): string {
  // Names of principals contain no colon, so that no publisher can use the same key.
  return `hub:${hub}/own`
}
