import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SaltConstant } from '../../../../src/event/msgpack/values.js'
import type { JsonOptions } from '../../../../src/protocols/salt/codec/json-layout.js'
import { msgpackToPythonJson } from '../../../../src/protocols/salt/codec/msgpack-to-python-json.js'
import { pythonJson } from '../../../../src/protocols/salt/codec/python-json.js'
import { PythonDatetime, PythonFloat, pack } from '../../../../src/protocols/salt/codec/values.js'
import { type Dump, dumps, oddValues, type PythonValue, sortableValues, values } from './python-values.js'

const seed = Number(process.env.SEED ?? Date.now() % 1e6)

interface Kind {
  name: string
  options: JsonOptions
  arguments: Dump['arguments']
  of: fc.Arbitrary<PythonValue>
}
const kinds: Kind[] = [
  { name: 'on one line', options: {}, arguments: { ensure_ascii: false }, of: values },
  { name: 'in ASCII', options: { ensureAscii: true }, arguments: {}, of: values },
  { name: 'with keys of every kind', options: {}, arguments: { ensure_ascii: false }, of: oddValues },
  {
    name: 'pretty',
    options: { sortKeys: true, indent: 4 },
    arguments: { ensure_ascii: false, sort_keys: true, indent: 4 },
    of: sortableValues,
  },
]

describe(`JSON as Python writes it, seed ${seed}`, () => {
  it.each(kinds)('is the same $name', ({ options, arguments: given, of }) => {
    const sample = fc.sample(of, { seed, numRuns: 500 })
    const expected = dumps(sample.map(({ source }) => ({ arguments: given, source })))
    expect(expected).toHaveLength(sample.length)
    sample.forEach(({ msgpack, value, source }, index) => {
      expect(msgpackToPythonJson(msgpack, options), source).toBe(expected[index])
      expect(pythonJson(decoded(value), options), source).toBe(expected[index])
    })
  })

  it('shows constants, points in time and whole floats', () => {
    expect(pythonJson(new SaltConstant('DEFAULT', 1))).toBe('"<Constant.DEFAULT>"')
    expect(msgpackToPythonJson(pack(new SaltConstant('DEFAULT', 1)))).toBe('"<Constant.DEFAULT>"')
    expect(pythonJson(new Date('2024-01-02T03:04:05.678Z'))).toBe('"2024-01-02 03:04:05.678000"')
    expect(pythonJson([1, 1e16, 2 ** 60, -0])).toBe('[1, 1e+16, 1.152921504606847e+18, -0.0]')
  })

  it('refuses input that is cut off, has trailing bytes or is nested too deeply', () => {
    expect(() => msgpackToPythonJson(Buffer.of(0x92, 1))).toThrow(coded('TCN_BODY_INVALID'))
    expect(() => msgpackToPythonJson(Buffer.of(1, 1))).toThrow(coded('TCN_BODY_TRAILING'))
    expect(() => msgpackToPythonJson(Buffer.concat([Buffer.alloc(513, 0x91), Buffer.of(1)]))).toThrow(
      coded('TCN_BODY_DEPTH'),
    )
    let deep: unknown = 1
    for (let depth = 0; depth < 600; depth++) deep = [deep]
    expect(() => pythonJson(deep)).toThrow(coded('TCN_BODY_DEPTH'))
  })

  it('reads a part of the bytes', () => {
    expect(msgpackToPythonJson(Buffer.of(0xff, 0x81, 0xa1, 0x61, 1, 0xff), {}, 1, 5)).toBe('{"a": 1}')
  })
})

function coded(code: string): unknown {
  return expect.objectContaining({ code })
}

/** Replaces the placeholders of floats and datetimes with their classes, also in maps. */
function decoded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decoded)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [keyOf(key), decoded(item)]))
  if (typeof value === 'bigint') return safe(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const { float, wire } = value as { float?: number; wire?: string }
  return wire === undefined ? new PythonFloat(float as number) : PythonDatetime.parse(wire)
}

function keyOf(key: unknown): unknown {
  const isFloat = typeof key === 'object' && key !== null && 'float' in key
  return typeof key === 'bigint' ? safe(key) : isFloat ? decoded(key) : key
}

function safe(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
