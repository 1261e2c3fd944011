import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pythonSize, trim } from '../../../../src/protocols/salt/codec/trim.js'
import { PythonDatetime, pack, SaltConstant, unpack } from '../../../../src/protocols/salt/codec/values.js'
import { askPython } from './oracle.js'

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)

/** Texts of every character width that CPython stores, including long ones. */
const text = fc
  .tuple(fc.constantFrom('a', 'Z9 ', 'é', 'ÿa', 'Ā', '世a', '\u{1f600}', 'é\u{1f600}'), fc.nat(400))
  .map(([unit, times]) => unit.repeat(times))
const scalar = fc.oneof(
  text,
  fc.nat(600).map((size) => new Uint8Array(size).fill(7)),
  fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n),
  fc.bigInt(-(2n ** 90n), 2n ** 90n),
  fc.integer(),
  fc.double({ noInteger: true, noNaN: true }),
  fc.constantFrom(null, true, false, 0, 1, -1, 2 ** 30, 2 ** 30 - 1),
  fc.array(fc.integer(), { maxLength: 80 }),
  fc.constant(new PythonDatetime(1_704_164_645_000_006)),
  fc.constant(new SaltConstant('REQUIRED', 'x')),
)
const key = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('k', 'é', '_') })
const { map } = fc.letrec((tie) => ({
  map: fc.dictionary(key, fc.oneof({ weight: 4, arbitrary: scalar }, tie('map')), { maxKeys: 12 }),
}))

describe(`the size of a value in CPython (seed ${seed})`, () => {
  it('equals sys.getsizeof', () => {
    const packed = fc.sample(scalar, { numRuns: 600, seed }).map(pack)
    const sizes = packed.map((bytes) => pythonSize(bytes, 0, bytes.length))
    expect(sizes).toEqual(askPython('sizes', packed))
  })
})

describe(`an event over max_event_size (seed ${seed})`, () => {
  it('is trimmed to the same bytes as in CPython', () => {
    const cases = fc
      .sample(fc.tuple(map, fc.integer({ min: 1000, max: 6000 })), { numRuns: 600, seed })
      .map(([data, limit]) => [pack(data), limit] as const)
    const trimmed = cases.map(([data, limit]) => hex(trim(data, limit)))
    expect(trimmed).toEqual((askPython('trim', cases) as Uint8Array[]).map(hex))
    expect(trimmed.filter((bytes, index) => bytes !== hex(cases[index][0])).length).toBeGreaterThan(100)
  })

  it('is sent whole if its bytes plus 33 do not exceed the limit', () => {
    const data = pack({ value: 'x'.repeat(99) })
    expect(data).toHaveLength(108)
    expect(trim(data, 141)).toBe(data)
    expect(unpack(trim(data, 140))).toEqual({ value: 'VALUE_TRIMMED' })
  })

  it('loses large values first, including those in nested maps and _stamp', () => {
    const data = { _stamp: '2026-11-20T04:42:33', small: 'y', deep: { large: 'x'.repeat(3000) } }
    expect(unpack(trim(pack(data), 1000))).toEqual({ ...data, deep: { large: 'VALUE_TRIMMED' } })
    expect(unpack(trim(pack(data), 100))).toEqual({
      _stamp: 'VALUE_TRIMMED',
      small: 'y',
      deep: { large: 'VALUE_TRIMMED' },
    })
  })

  it('keeps a long text in a list, since the size of a list is that of its table', () => {
    const data = pack({ list: ['x'.repeat(3000)] })
    expect(hex(trim(data, 1000))).toBe(hex(data))
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
