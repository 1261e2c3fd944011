import { encode, encodeFrame } from '../../src/event/index.js'
import type { FrameBatch } from '../../src/log/event-log.js'
import { sample, sampleTag } from './sample-event.js'

/** Returns sample events as a publisher would send them, ready for `append`. */
export function sampleFrames(first: number, count: number): FrameBatch {
  const frames = Array.from({ length: count }, (_, i) =>
    encodeFrame({
      tag: sampleTag(first + i),
      source: 'host/bench',
      body: encode(sample(first + i)),
      seq: first + i + 1,
    }),
  )
  return { bytes: Buffer.concat(frames), count, firstSeq: 0, lastSeq: 0 }
}
