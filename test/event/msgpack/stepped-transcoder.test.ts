import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TocsinError } from '../../../src/errors/tocsin-error.js'
import { parseStrictJson } from '../../../src/event/json/strict.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { HASHED_BYTES } from '../../../src/event/msgpack/key-table.js'
import { PartialWalk } from '../../../src/event/msgpack/partial-walk.js'
import { STEP_BYTES, SteppedTranscoder } from '../../../src/event/msgpack/stepped-transcoder.js'

const secret = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

function transcode(json: string): { bytes: Uint8Array; steps: number } {
  const input = new TextEncoder().encode(json)
  const transcoder = new SteppedTranscoder(input, secret)
  let steps = 1
  for (; !transcoder.step(); steps++);
  while (!transcoder.skipSpaces());
  if (transcoder.peek() !== undefined) throw transcoder.fault()
  return { bytes: transcoder.bytes(0, transcoder.written), steps }
}

function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return (error as TocsinError).code
  }
}

const text = fc.string({
  unit: fc.constantFrom('a', 'é', '✓', '𝄞', '"', '\\', '\n', '\u0000', '0123456789abcdef'.repeat(20)),
})
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 40 }),
    // Keys that are numbers would be first in the object.
    fc.dictionary(
      text.map((key) => `k${key.replace(/\p{Surrogate}/gu, '?')}`),
      tie('value'),
      { maxKeys: 40 },
    ),
  ),
}))

describe('transcoding JSON in steps', () => {
  it('writes what the encoder writes', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (value, space) => {
        const json = JSON.stringify(value, null, space)
        expect(outcome(() => transcode(json).bytes)).toEqual(outcome(() => encode(parseStrictJson(json))))
      }),
    )
  })

  it('knows the depth of each value as a walk of its bytes finds it', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 3 }), (values) => {
        const json = values.map((value) => JSON.stringify(value)).join(' ')
        fc.pre(!json.includes('\\ud800'))
        const transcoder = new SteppedTranscoder(new TextEncoder().encode(json), secret)
        for (let start = 0; transcoder.peek() !== undefined; start = transcoder.written) {
          while (!transcoder.step());
          const bytes = transcoder.bytes(start, transcoder.written)
          const walk = new PartialWalk(0, bytes.length)
          walk.advance(bytes, bytes.length)
          expect([walk.fault, walk.deepest]).toEqual([undefined, transcoder.deepest])
        }
      }),
    )
  })

  it('accepts and refuses what strict JSON accepts and refuses', () => {
    const valid = value.map((value) => JSON.stringify(value))
    const damage = fc.tuple(
      fc.nat(),
      fc.constantFrom('', '"', '\\', '\\u', ',', ':', '0', '-', '.', 'e', ']', '}', '\t', 'n'),
    )
    fc.assert(
      fc.property(valid, damage, (json, [place, piece]) => {
        const at = place % (json.length + 1)
        const damaged = json.slice(0, at) + piece + json.slice(at + 1)
        if (/\p{Surrogate}/u.test(damaged)) return
        expect(outcome(() => decode(transcode(damaged).bytes))).toEqual(
          outcome(() => decode(encode(parseStrictJson(damaged)))),
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('reads exact integers, escapes, and refuses numbers that overflow', () => {
    for (const json of [
      '[9007199254740993,18446744073709551615,-9223372036854775808,99999999999999999999,-0,1e2,-1.5]',
      String.raw`["\ud83d\ude00x\u00e9\/\b\f\n\r\t\"\\"]`,
    ])
      expect(transcode(json).bytes).toEqual(encode(parseStrictJson(json)))
    for (const json of ['1e999', '01', '1.', '-', '+1', '"\\u00\u001f0"', '', ' ', '[1,]', '{"a":1,}', '1 2'])
      expect(outcome(() => transcode(json))).toBe('TCN_HTTP_JSON')
    expect(outcome(() => transcode('['.repeat(600)))).toBe('TCN_BODY_DEPTH')
  })

  it('refuses half of a surrogate pair, as a key and as a value, as strict JSON does', () => {
    for (const json of [
      '"\\ud800"',
      '"\\uD800\\u0041"',
      '"x\\udC00"',
      '{"\\ud800":1,"\\udc00":2}',
      '["\\udc00\\ud800"]',
    ])
      for (const read of [transcode, parseStrictJson])
        expect(() => read(json), json).toThrow('half of a surrogate pair')
    for (const json of ['"\\\\ud800"', '{"\\ud83d\\ude00":"\\ud83d\\ude00"}'])
      expect(transcode(json).bytes).toEqual(encode(parseStrictJson(json)))
  })

  it('finds a repeated key in maps of any size, however it is written', () => {
    for (const size of [1, 15, 16, 17, 40, 5000]) {
      const keys = Array.from({ length: size }, (_, index) => `"key-${index}":{"key-0":1,"b":[{"b":2}]}`)
      expect(Object.keys(decode(transcode(`{${keys}}`).bytes) as object)).toHaveLength(size)
      for (const again of ['"key-0"', `"key-${size - 1}"`, '"\\u006bey-0"'])
        expect(() => transcode(`[{${keys},${again}:1}]`)).toThrow(/"key-\d+" occurs twice/)
    }
  })

  it('takes a bounded part of the text in each step, in numbers, lists, texts, escapes and white space', () => {
    const size = 100 * STEP_BYTES
    const repeat = (part: string) => part.repeat(size / part.length)
    const long = Array.from({ length: size / 16 }, (_, index) => `"${String(index).padStart(10)}":1,`).join(
      '',
    )
    for (const json of [
      `[${repeat('[],')}1]`,
      `[${repeat('9007199254740993,')}1]`,
      `"${repeat('a')}"`,
      `"${repeat('\\u00e9')}"`,
      `{${long}"a":1}`,
      `${repeat(' ')}1`,
    ])
      expect(transcode(json).steps).toBeGreaterThan(90)
  })

  it('moves what it has written at most once, however much longer that is than the text', () => {
    const json = new TextEncoder().encode(`[${'0.1,'.repeat(200_000)}1]`)
    const transcoder = new SteppedTranscoder(json, secret)
    const memories = new Set<ArrayBufferLike>()
    for (let isDone = false; !isDone; memories.add(transcoder.bytes(0, 1).buffer)) isDone = transcoder.step()
    expect(transcoder.written).toBeGreaterThan(json.length * 2)
    expect(memories.size).toBe(2)
  })

  it('hashes a long key in steps of its own', () => {
    const long = 'k'.repeat(100 * STEP_BYTES)
    const others = Array.from({ length: 20 }, (_, index) => `"${index}":1`).join(',')
    const asValue = transcode(`{${others},"a":"${long}"}`)
    const asKey = transcode(`{${others},"${long}":"a"}`)
    expect(asKey.steps).toBeGreaterThanOrEqual(asValue.steps + Math.floor(long.length / HASHED_BYTES))
  })

  it('finds a long key that is repeated, and none that differs', () => {
    const long = 'k'.repeat(2 * HASHED_BYTES)
    for (const count of [0, 5, 14, 15, 16, 40]) {
      const others = Array.from({ length: count }, (_, index) => `"${index}":1,`).join('')
      const map = (...keys: string[]) =>
        `[{"${long}":1},{${others}${keys.map((key) => `"${key}":{"${long}":2}`).join(',')}}]`
      const distinct = map(long, `${long}l`, `l${long}`, `${long.slice(1)}l`)
      expect(decode(transcode(distinct).bytes)).toEqual(JSON.parse(distinct))
      expect(() => transcode(map(long, `${long}l`, long))).toThrow('occurs twice in one object')
    }
  })

  it('counts what it moves for the longer headers of enclosing lists as work', () => {
    const inner = `"${'a'.repeat(100 * STEP_BYTES)}"`
    const plain = transcode(inner).steps
    const nested = '['.repeat(60) + inner + `${',0'.repeat(16)}]`.repeat(60)
    expect(transcode(nested).steps).toBeGreaterThan(plain + 50)
  })
})
