import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frameBytes, frameSeq, frameTime } from '../../src/event/frame.js'
import { selectFrames, skipTo, skipToTime } from '../../src/log/frame-range.js'
import { Ring } from '../../src/log/ring.js'
import { frameOf, range } from './conformance/tools.js'

const SLAB = 1000
const sizes = fc.array(fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 20,
})

/** Returns a ring with one append for each list of body sizes; the time of an append is its index times ten. */
function filled(appends: number[][]): Ring {
  const ring = new Ring(SLAB)
  let seq = 1
  for (const [nth, bodies] of appends.entries()) {
    const runs = ring.append(Buffer.concat(bodies.map((size) => frameOf('t', size))), seq, nth * 10)
    seq = runs.at(-1)!.lastSeq + 1
  }
  return ring
}

function seqsIn(bytes: Uint8Array): number[] {
  const seqs: number[] = []
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) seqs.push(frameSeq(bytes, at))
  return seqs
}

test('a ring contains every frame once, whole, in order, with seq and time', () => {
  fc.assert(
    fc.property(sizes, (appends) => {
      const ring = filled(appends)
      const found = ring.slabs.flatMap(({ bytes, end }) => seqsIn(bytes.subarray(0, end)))
      expect(found).toEqual(range(1, appends.flat().length))
      for (const slab of ring.slabs) {
        expect([slab.firstSeq, slab.lastSeq]).toEqual([
          found[slab.firstSeq - 1],
          slab.firstSeq + slab.count - 1,
        ])
        expect(frameTime(slab.bytes, 0)).toBe(slab.firstTime)
        expect(slab.end <= slab.bytes.length && (slab.bytes.length === SLAB || slab.count === 1)).toBe(true)
      }
      expect(ring.allocated).toBe(ring.slabs.reduce((sum, { bytes }) => sum + bytes.length, 0))
    }),
  )
})

test('the slab of a seq is found, or the next one in the direction of reading', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 200 }), (appends, seq) => {
      const ring = filled(appends)
      const last = appends.flat().length
      expect(ring.find(seq, false)?.lastSeq).toBe(ring.slabs.find(({ lastSeq }) => lastSeq >= seq)?.lastSeq)
      expect(ring.find(seq, true)?.firstSeq).toBe(
        ring.slabs.findLast(({ firstSeq }) => firstSeq <= seq)?.firstSeq,
      )
      expect(ring.findTime(appends.length * 10)).toBeUndefined()
      expect(ring.find(last, true)).toBe(ring.slabs.at(-1))
    }),
  )
})

test('frames are selected from a run as from a list', () => {
  const limits = fc.record({
    from: fc.integer({ min: 0, max: 40 }),
    to: fc.integer({ min: 0, max: 40 }),
    events: fc.integer({ min: 1, max: 40 }),
    bytes: fc.integer({ min: 1, max: 3000 }),
  })
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 30 }),
      limits,
      fc.boolean(),
      (bodies, wanted, backwards) => {
        const ring = new Ring(100_000)
        const [run] = ring.append(Buffer.concat(bodies.map((size) => frameOf('t', size))), 5, 7)
        const lengths = new Map(bodies.map((size, at) => [5 + at, frameOf('t', size).length]))
        const inRange = range(5, 4 + bodies.length).filter((seq) => seq >= wanted.from && seq <= wanted.to)
        const taken: number[] = []
        let bytes = 0
        for (const seq of backwards ? inRange.toReversed() : inRange) {
          bytes += lengths.get(seq)!
          if (taken.length === wanted.events || (taken.length > 0 && bytes > wanted.bytes)) break
          taken.push(seq)
        }
        const found = selectFrames(run, wanted, backwards)
        expect(found === undefined ? [] : seqsIn(found.bytes)).toEqual(backwards ? taken.reverse() : taken)
        if (found !== undefined)
          expect([found.firstSeq, found.lastSeq, found.count]).toEqual([taken[0], taken.at(-1), taken.length])
      },
    ),
  )
})

test('a frame is found by seq and by time', () => {
  const [first] = filled([[10, 10], [10], [10, 10]]).slabs
  expect(frameSeq(first.bytes, skipTo(first, 4))).toBe(4)
  expect(skipTo(first, 6)).toBe(first.end)
  expect(frameSeq(first.bytes, skipToTime(first, 5))).toBe(3)
  expect(skipToTime(first, 21)).toBe(first.end)
})

test('memory that is given becomes a slab if it is large enough, and other memory is copied', () => {
  const large = frameOf('t', 2 * SLAB)
  const given = [large, new Uint8Array(frameOf('t', 10)), frameOf('t', 2 * SLAB)]
  const ring = new Ring(SLAB)
  ring.append(given[0], 1, 10, true)
  ring.append(given[1], 2, 20, true)
  ring.append(given[2], 3, 30)
  expect(ring.slabs.map(({ bytes }) => given.some(({ buffer }) => buffer === bytes.buffer))).toEqual([
    true,
    false,
    false,
  ])
  expect(ring.slabs.flatMap(({ bytes, end }) => seqsIn(bytes.subarray(0, end)))).toEqual([1, 2, 3])
  expect(ring.slabs[0]).toMatchObject({ count: 1, firstSeq: 1, lastSeq: 1, firstTime: 10, end: large.length })
  expect(ring.allocated).toBe(ring.slabs.reduce((sum, { bytes }) => sum + bytes.length, 0))
  expect(() => ring.append(large.subarray(0, -1), 4, 40, true)).toThrow(
    expect.objectContaining({ code: 'TCN_FRAME_LENGTH' }),
  )
  expect(ring.slabs).toHaveLength(3)
})

test('a truncated batch leaves the ring unchanged', () => {
  const ring = filled([[100], [900]])
  const before = ring.slabs.map((slab) => ({ ...slab }))
  const many = Buffer.concat(range(1, 30).map(() => frameOf('t', 300)))
  expect(() => ring.append(many.subarray(0, -1), 3, 30)).toThrow(
    expect.objectContaining({ code: 'TCN_FRAME_LENGTH' }),
  )
  expect(() => ring.append(many.subarray(0, 2), 3, 30)).toThrow(
    expect.objectContaining({ code: 'TCN_FRAME_LENGTH' }),
  )
  expect(ring.slabs).toEqual(before)
})
