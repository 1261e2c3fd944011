// Runs on each supported Node.js: compression.
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { setFrameSeq, writeU32 } from '../../../src/event/frame.js'
import { ChunkLoader } from '../../../src/log/lmdb/chunk-loader.js'
import { CHUNK_BYTES } from '../../../src/log/lmdb/chunk-queue.js'
import { isPacked, packChunk, plainBytes, unpackChunk } from '../../../src/log/lmdb/packed-chunk.js'
import { frameOf, frames, seeded } from '../../log/conformance/tools.js'

const plain = numbered(frames(200, 100))

/** Frames as the log stores them. */
function numbered(parts: Uint8Array[]): Uint8Array {
  for (const [at, part] of parts.entries()) setFrameSeq(part, 0, at + 1)
  return Buffer.concat(parts)
}

test('a compressed chunk has a fixed header', () => {
  const packed = packChunk(plain)!
  const length = Buffer.alloc(4)
  length.writeUInt32LE(plain.length)
  expect(Buffer.from(packed.subarray(0, 8)).toString('hex')).toBe(`${length.toString('hex')}63010000`)
  expect([isPacked(packed), isPacked(plain), plainBytes(packed)]).toEqual([true, false, plain.length])
})

test('every chunk comes back as it was, and a compressed one is smaller', () => {
  const body = fc.uint8Array({ maxLength: 3000 })
  const chunk = fc.array(fc.record({ body, times: fc.nat(50) }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(chunk, (parts) => {
      const bytes = Buffer.concat(
        parts.flatMap(({ body, times }) => Array(times + 1).fill(Buffer.concat([frameOf('test/any'), body]))),
      )
      const packed = packChunk(bytes)
      if (packed === undefined) return
      expect(packed.length).toBeLessThan(bytes.length)
      expect(Buffer.compare(unpackChunk(packed, bytes.length), bytes)).toBe(0)
    }),
  )
})

test('a chunk that does not become smaller, or is longer than chunks of several events are, stays plain', () => {
  const next = seeded(1)
  const random = Uint8Array.from({ length: 2000 }, () => next() * 256)
  expect(packChunk(random)).toBeUndefined()
  expect(packChunk(new Uint8Array(CHUNK_BYTES + 1))).toBeUndefined()
})

test('a stored chunk with any bit changed, or cut anywhere, is refused or comes back as it was', () => {
  const packed = packChunk(plain)!
  const extent = { firstSeq: 1, lastSeq: 200, firstTime: 0, lastTime: 0, count: 200 }
  const summary = { ...extent, bytes: plain.length, crc32: crc32(plain) }
  const isRefused = (value: Uint8Array) => {
    const loaded = new ChunkLoader().load(value, summary, true)
    if (typeof loaded !== 'string') expect(Buffer.compare(loaded, plain)).toBe(0)
    return typeof loaded === 'string'
  }
  expect(isRefused(packed)).toBe(false)
  fc.assert(
    fc.property(fc.nat(packed.length * 8 - 1), (bit) => {
      const changed = Uint8Array.from(packed)
      changed[bit >> 3] ^= 1 << (bit & 7)
      // The end of the last block, after all bytes.
      if (bit < (packed.length - 4) * 8) expect(isRefused(changed)).toBe(true)
      else isRefused(changed)
    }),
  )
  fc.assert(
    fc.property(fc.nat(packed.length - 5), (length) => {
      expect(isRefused(packed.subarray(0, length))).toBe(true)
    }),
  )
})

test.each([
  ['another length', (value: Uint8Array) => writeU32(value, 0, plain.length + 1), /has \d+ bytes, not/],
  ['an unknown codec', (value: Uint8Array) => (value[5] = 9), /unknown codec: 9/],
  ['an unknown transformation', (value: Uint8Array) => (value[6] = 1), /unknown transformation: 1/],
  ['a body that is none', (value: Uint8Array) => value.fill(0xff, 8), /cannot be decompressed/],
])('a chunk with %s is refused with the reason', (_, change, reason) => {
  const packed = Uint8Array.from(packChunk(plain)!)
  change(packed)
  expect(() => unpackChunk(packed, plain.length)).toThrow(reason)
})

test('no memory is allocated for a length that no compressed chunk has', () => {
  const packed = Uint8Array.from(packChunk(plain)!)
  writeU32(packed, 0, 2 ** 31)
  expect(() => unpackChunk(packed, 2 ** 31)).toThrow(RangeError)
})

test('a body that is longer than the header says gives no more bytes than that', () => {
  const packed = Uint8Array.from(packChunk(plain)!)
  writeU32(packed, 0, plain.length - 1)
  expect(unpackChunk(packed, plain.length - 1)).toEqual(Buffer.from(plain.subarray(0, -1)))
})

test('after a damaged chunk, the next one is read as before', () => {
  const packed = packChunk(plain)!
  expect(() => unpackChunk(packed.slice(0, 50), plain.length)).toThrow('unexpected end of file')
  expect(Buffer.compare(unpackChunk(packed, plain.length), plain)).toBe(0)
})
