import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  attributesLength,
  attributesStart,
  bodyStart,
  encodeFrame,
  frameBytes,
  frameFlags,
  frameKind,
  frameSeq,
  frameTime,
  readU64,
  setFrameFlags,
  setFrameSeq,
  setFrameTime,
  sourceLength,
  sourceStart,
  tagLength,
  tagStart,
  writeU64,
} from '../../src/event/frame.js'
import { concat, hex, toHex } from './bytes.js'

const bytes = hex(`
  38000000 01 02 0300 0807060504030201 88776655443322 00 01000080 0200 0600
  7377 81a26964a178 612f62 0a0a 82a16101a16293010203`)
const parts = {
  tag: 'a/b',
  source: 'sw',
  attributes: hex('81a26964a178'),
  flags: 2,
  kind: 0x80000001,
  body: hex('82a16101a16293010203'),
}

describe('frame', () => {
  it('has this layout', () => {
    const frame = encodeFrame(parts)
    setFrameSeq(frame, 0, 0x0005060708)
    const expected = bytes.slice()
    expected[0] = frame.length - 4
    writeU64(expected, 8, 0x0005060708)
    writeU64(expected, 16, 0)
    expect(toHex(frame)).toBe(toHex(expected))
  })

  it('is read in place at any offset', () => {
    const frame = concat(
      hex('ffffff'),
      encodeFrame({ ...parts, seq: 2 ** 52 + 3, time: 1_795_154_400_000_001 }),
    )
    expect(frameBytes(frame, 3)).toBe(frame.length - 3)
    expect(frameFlags(frame, 3)).toBe(2)
    expect(frameSeq(frame, 3)).toBe(2 ** 52 + 3)
    expect(frameTime(frame, 3)).toBe(1_795_154_400_000_001)
    expect(frameKind(frame, 3)).toBe(0x80000001)
    const slice = (start: number, length: number) => frame.subarray(start, start + length)
    expect(toHex(slice(sourceStart(frame, 3), sourceLength(frame, 3)))).toBe('7377')
    expect(toHex(slice(attributesStart(frame, 3), attributesLength(frame, 3)))).toBe('81a26964a178')
    expect(toHex(slice(tagStart(frame, 3), tagLength(frame, 3)))).toBe('612f62')
    expect(toHex(frame.subarray(bodyStart(frame, 3)))).toBe(toHex(parts.body))
  })

  it('has tag and body side by side, as in the body of a Salt event', () => {
    const frame = encodeFrame(parts)
    expect(toHex(frame.subarray(tagStart(frame, 0)))).toBe(`612f620a0a${toHex(parts.body)}`)
  })

  it('changes seq, time and flags in place and nothing else', () => {
    const frame = encodeFrame(parts)
    setFrameSeq(frame, 0, Number.MAX_SAFE_INTEGER)
    setFrameTime(frame, 0, 5)
    setFrameFlags(frame, 0, 1)
    expect(frame).toEqual(encodeFrame({ ...parts, seq: Number.MAX_SAFE_INTEGER, time: 5, flags: 1 }))
  })

  it('keeps numbers exact up to 2^53', () => {
    const memory = new Uint8Array(8)
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        writeU64(memory, 0, value)
        expect(new DataView(memory.buffer).getBigUint64(0, true)).toBe(BigInt(value))
        expect(readU64(memory, 0)).toBe(value)
      }),
    )
  })
})
