import { pack } from 'msgpackr'
import { encodeFrame, type FrameParts } from '../../src/event/frame.js'

export interface TestEvent extends Omit<FrameParts, 'body' | 'attributes'> {
  data?: unknown
  attributes?: Record<string, string | number | boolean>
}

/** Returns a frame with other bytes before and after it, so that reads beyond the frame are detected. */
export function frameAt(event: TestEvent): { bytes: Uint8Array; at: number } {
  const { data = {}, attributes, ...parts } = event
  const frame = encodeFrame({
    ...parts,
    body: pack(data),
    ...(attributes === undefined ? {} : { attributes: pack(attributes) }),
  })
  const at = 3
  const bytes = new Uint8Array(frame.length + 6).fill(0x61)
  bytes.set(frame, at)
  return { bytes, at }
}
