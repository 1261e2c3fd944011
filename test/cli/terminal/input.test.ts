import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCount, parseTimeout } from '../../../src/cli/help/vocabulary.js'
import { parseJson, readLines } from '../../../src/cli/terminal/input.js'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function linesOf(text: string, size: number) {
  const lines = []
  for await (const batch of readLines(inPieces(new TextEncoder().encode(text), size))) lines.push(...batch)
  return lines
}

describe('readLines', () => {
  it('numbers lines and skips blank ones', async () => {
    expect(await linesOf('a\n\n  \nb\r\nc', 1000)).toEqual([
      { text: 'a', number: 1 },
      { text: 'b\r', number: 4 },
      { text: 'c', number: 5 },
    ])
    expect(await linesOf('', 10)).toEqual([])
  })

  it('returns the same lines however the bytes are split', async () => {
    const text = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 }).map((lines) => lines.join('\n'))
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (whole, size) => {
        expect(await linesOf(whole, size)).toEqual(await linesOf(whole, 1_000_000))
      }),
    )
  })
})

describe('parseJson', () => {
  it('names the place of invalid input', () => {
    expect(() => parseJson('{"a":', 'line 3')).toThrow(/^line 3: /)
    expect(() => parseJson('hello', 'the data', 'text goes in quotes')).toThrow(/; text goes in quotes$/)
    expect(parseJson(' {"a": 1} ', 'x')).toEqual({ a: 1 })
  })

  it('refuses events that would not be published unchanged', () => {
    const refused = (json: string, why: string) =>
      expect(() => parseJson(json, 'line 3')).toThrow(
        expect.objectContaining({ code: 'TCN_INPUT_INVALID', message: `line 3: ${why}` }),
      )
    refused('[1e999]', 'a number is too large')
    refused('9'.repeat(400), 'a number is too large')
    refused('{"a":1,"a":2}', 'the key "a" occurs twice in one object')
    refused('['.repeat(1000), 'the JSON is nested deeper than 516 levels')
  })
})

describe('option values', () => {
  it('accept durations with a unit', () => {
    expect(['500ms', '1.5s', '10m', '2h', '1d'].map(parseTimeout)).toEqual([
      500, 1500, 600_000, 7_200_000, 86_400_000,
    ])
    for (const text of ['10', '0s', '-1s', '1y', '25d', 's', ''])
      expect(() => parseTimeout(text)).toThrow(/not a duration/)
  })

  it('accept counts of at least 1', () => {
    expect(parseCount('3')).toBe(3)
    for (const text of ['0', '-1', '1.5', 'x', '', '1e3'])
      expect(() => parseCount(text)).toThrow(/not a number/)
  })
})
