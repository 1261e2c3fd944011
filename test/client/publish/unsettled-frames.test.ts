import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnsettledFrames } from '../../../src/client/publish/unsettled-frames.js'
import { frameBytes, frameSeq } from '../../../src/event/frame.js'
import { FrameWriter } from '../../../src/event/frame-writer.js'
import { concat } from '../../event/bytes.js'

describe('unsettled frames', () => {
  it('give the frames after a counter, wherever it is', () => {
    const batches = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(batches, fc.nat(40), fc.nat(40), (counts, released, after) => {
        const writer = new FrameWriter()
        const frames = new UnsettledFrames()
        let last = 0
        for (const count of counts) {
          for (let n = 0; n < count; n++) last = writer.write('tag', n)
          frames.add(writer.take() as NonNullable<ReturnType<FrameWriter['take']>>)
        }
        frames.release(Math.min(released, after))
        const bytes = concat(...frames.after(after, () => false))
        const counters: number[] = []
        for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) counters.push(frameSeq(bytes, at))
        const expected = Array.from({ length: last }, (_, n) => n + 1).filter((n) => n > after)
        expect(counters).toEqual(expected)
      }),
    )
  })
})
