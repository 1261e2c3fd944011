import { describe, expect, it } from 'vitest'
import { encodeAttributes } from '../../src/event/attributes.js'
import { checkFrame, WIDEST_LIMITS } from '../../src/event/check.js'
import { iterateFrames } from '../../src/event/event.js'
import { encodeFrame, type FrameParts, frameBytes } from '../../src/event/frame.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { Outbox } from '../../src/upstream/outgoing.js'
import { concat } from '../event/bytes.js'

const from = 'aaaaaaaaaaaaa'
const to = 'bbbbbbbbbbbbb'

function frame(seq: number, parts: Partial<FrameParts> = {}): Uint8Array {
  return encodeFrame({
    seq,
    time: seq * 1_000_000,
    tag: `t/${seq}`,
    source: 's',
    body: encode({ seq }),
    ...parts,
  })
}

function outbox(largestFrame = 1 << 20): Outbox {
  return new Outbox({ from, to, largestFrame })
}

function withPath(...path: string[]): Partial<FrameParts> {
  return { attributes: encodeAttributes({ tocsinpath: path.join('.') }) }
}

describe('outgoing events', () => {
  it('are valid frames, whatever their attributes are', () => {
    const long = encodeAttributes({ type: 'demo.x', text: 'ä'.repeat(1000), n: 4_000_000_000, yes: true })
    const frames = [
      frame(1),
      frame(2, { attributes: long }),
      frame(Number.MAX_SAFE_INTEGER - 1),
      frame(7, withPath('cc')),
    ]
    const { bytes, count } = outbox().take([concat(...frames)], 0)
    expect(count).toBe(4)
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at))
      expect(checkFrame(bytes, at, bytes.length, WIDEST_LIMITS)).toBeUndefined()
    const events = [...iterateFrames(bytes)]
    expect(events.map(({ tag, source, data }) => ({ tag, source, data }))).toEqual(
      [1, 2, Number.MAX_SAFE_INTEGER - 1, 7].map((seq) => ({ tag: `t/${seq}`, source: 's', data: { seq } })),
    )
    expect(events[1].attributes).toMatchObject({
      type: 'demo.x',
      n: 4_000_000_000,
      yes: true,
      tocsinpath: from,
    })
    expect(events[3].attributes.tocsinpath).toBe(`cc.${from}`)
  })

  it('never go to a log where they have been', () => {
    const frames = [frame(1, withPath(to)), frame(2, withPath('c', from)), frame(3)]
    const outgoing = outbox().take(frames, 0)
    expect(outgoing).toMatchObject({ count: 1, returned: 2, lastSeq: 3, lastCounter: 3 })
  })

  it('have room for what is added, or are counted as too large', () => {
    const most = encodeAttributes({ text: 'x'.repeat(8170) })
    const frames = [frame(1, { attributes: most }), frame(2), frame(3, { body: encode('x'.repeat(2000)) })]
    expect(outbox(1000).take(frames, 0)).toMatchObject({ count: 1, tooLarge: 2, lastCounter: 2, lastSeq: 3 })
  })

  it('that have waited too long are named as a range', () => {
    const frames = [1, 2, 3, 4].map((seq) => frame(seq))
    expect(outbox().take(frames, 3_000_000)).toMatchObject({
      count: 2,
      expired: { from: 1, to: 2 },
      lastCounter: 4,
      time: 3_000_000,
    })
  })
})
