import { frameBytes, frameSeq } from '../event/frame.js'
import type { EventLog } from '../log/event-log.js'

/** The frame with this seq, in memory of its own; undefined when the log does not have it. */
export async function readFrame(log: EventLog, seq: number): Promise<Uint8Array | undefined> {
  if (seq < log.first || seq > log.last) return undefined
  for await (const { bytes } of log.read(seq, { to: seq, events: 1 })) {
    if (frameSeq(bytes, 0) === seq) return Uint8Array.prototype.slice.call(bytes, 0, frameBytes(bytes, 0))
  }
  return undefined
}
