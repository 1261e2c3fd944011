import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { KeyTable } from '../../../src/event/msgpack/key-table.js'

const secret = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** Keys one after another in memory, as the transcoder has them. */
function layOut(keys: readonly string[]): { view: DataView; ends: number[] } {
  const parts = keys.map((key) => encode(key))
  const ends: number[] = []
  let end = 0
  for (const part of parts) {
    end += part.length
    ends.push(end)
  }
  const bytes = new Uint8Array(end + 8)
  for (const [index, part] of parts.entries()) bytes.set(part, ends[index] - part.length)
  return { view: new DataView(bytes.buffer), ends }
}

describe('the table of keys', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index.toString(36)}`)
  const { view, ends } = layOut([...keys, ...keys])
  const start = (index: number) => (index === 0 ? 0 : ends[index - 1])
  const add = (table: KeyTable, map: number, count: number, index: number) =>
    table.add(map, count, view, start(index), ends[index])

  it('finds every repeated key, however many more keys there are than expected', () => {
    for (const textBytes of [10, 50_000, 2_000_000]) {
      const table = new KeyTable(textBytes, secret)
      for (const index of keys.keys()) expect(add(table, 1, index, index)).toBe(true)
      for (const index of keys.keys()) expect(add(table, 1, keys.length, keys.length + index)).toBe(false)
    }
  })

  it('keeps the maps apart', () => {
    const table = new KeyTable(1000, secret)
    for (const map of [1, 2, 3])
      for (const index of keys.keys()) expect(add(table, map, index, index)).toBe(true)
  })

  it('hardly ever looks at a key again that is another one', () => {
    const table = new KeyTable(2_000_000, secret)
    for (const index of keys.keys()) add(table, 1, index, index)
    let looks = 0
    const counted = new Proxy(view, {
      get: (target, name) => {
        const value = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...options: unknown[]) => {
          // Words are hashed in one order of bytes, and compared in the other.
          if (options.length === 1) looks++
          return value.apply(target, options)
        }
      },
    })
    for (const index of keys.keys()) table.add(2, keys.length, counted, start(index), ends[index])
    expect(looks).toBeLessThan(keys.length / 4)
  })

  it('takes little more memory than its keys need', () => {
    const table = new KeyTable(ends[keys.length - 1], secret)
    for (const index of keys.keys()) add(table, 1, index, index)
    expect(table.bytes).toBeLessThan(keys.length * 8 * 5)
    const longText = new KeyTable(16_000_000, secret)
    expect(longText.bytes).toBe(0)
    // Memory is slow when it is used for the first time.
    for (const index of keys.keys()) add(longText, 1, index, index)
    expect(longText.bytes).toBeLessThanOrEqual(2 ** 21)
  })
})
