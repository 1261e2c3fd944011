import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { type Options, Packr, Unpackr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { checkValue } from '../../../src/event/msgpack/walk.js'
import { toHex } from '../bytes.js'
import { plainValue } from './arbitrary.js'

// The types of msgpackr lack `auto`.
const options = {
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'auto',
  variableMapSize: true,
} as unknown as Options
const packr = new Packr(options)
const unpackr = new Unpackr(options)

/** Converts buffers to plain Uint8Arrays, so that deep equality compares only their content. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

describe('encoder and decoder', () => {
  it('restore the encoded value', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it('encode values so that msgpackr decodes the same values', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(plain(unpackr.unpack(encode(value)))).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it('decode the same values that msgpackr has encoded', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        expect(decode(packr.pack(value))).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it('encode values that pass the walk', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        const bytes = encode(value)
        expect(checkValue(bytes, 0, bytes.length)).toBeUndefined()
      }),
    )
  })

  it("encode byte for byte what Python's msgpack encodes, and decode what it encodes", () => {
    const values = fc.sample(plainValue, 300)
    const ours = values.map(encode)
    const script = `
import sys, msgpack
for line in sys.stdin:
    value = msgpack.unpackb(bytes.fromhex(line), raw=False, strict_map_key=False)
    print(msgpack.packb(value, use_bin_type=True).hex())
`
    const python = spawnSync('/usr/bin/python3', ['-c', script], {
      maxBuffer: 64 * 1024 * 1024,
      input: ours.map((b) => `${toHex(b)}\n`).join(''),
    })
    expect(python.stderr.toString()).toBe('')
    const theirs = python.stdout.toString().trimEnd().split('\n')
    for (const [index, bytes] of ours.entries()) {
      expect({ value: values[index], hex: theirs[index] }).toEqual({
        value: values[index],
        hex: toHex(bytes),
      })
    }
  })
})
