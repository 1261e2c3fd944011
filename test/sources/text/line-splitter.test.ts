import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Line, LineSplitter } from '../../../src/sources/text/line-splitter.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (line: Line) => new TextDecoder().decode(line.bytes)

function split(chunks: Uint8Array[], maxLine = 100, start = 0): (Line & { text: string })[] {
  const splitter = new LineSplitter(maxLine, start, false)
  const lines = []
  for (const chunk of chunks) {
    splitter.feed(chunk)
    for (let line = splitter.line(); line; line = splitter.line()) lines.push({ ...line, text: text(line) })
  }
  const rest = splitter.rest()
  if (rest) lines.push({ ...rest, text: text(rest) })
  return lines
}

it('lines have their offsets, and the end includes the line feed', () => {
  expect(split([bytes('one\n\nthree\n')], 100, 10).map(({ text, start, end }) => [text, start, end])).toEqual(
    [
      ['one', 10, 14],
      ['', 14, 15],
      ['three', 15, 21],
    ],
  )
})

it('bytes without a line feed are returned only on request', () => {
  const splitter = new LineSplitter(100, 0, false)
  splitter.feed(bytes('half'))
  expect(splitter.line()).toBeUndefined()
  expect(splitter.pending).toBe(4)
  expect(splitter.next).toBe(4)
  expect(splitter.rest()).toMatchObject({ start: 0, end: 4, length: 4, partial: true, continued: false })
  expect(splitter.rest()).toBeUndefined()
  splitter.feed(bytes(' done\nnext\n'))
  expect(splitter.line()).toMatchObject({ start: 4, end: 10, partial: false, continued: true })
  expect(splitter.line()).toMatchObject({ start: 10, continued: false })
})

it('a line over the limit is cut, its full length reported, and the next one is complete', () => {
  for (const size of [1, 2, 3, 50]) {
    const whole = bytes(`${'x'.repeat(25)}\nshort\n`)
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
      whole.slice(i * size, (i + 1) * size),
    )
    expect(split(chunks, 10).map(({ text, length, start, end }) => [text, length, start, end])).toEqual([
      ['x'.repeat(10), 25, 0, 26],
      ['short', 5, 26, 32],
    ])
  }
})

it('a carriage return stays part of the line', () => {
  expect(split([bytes('dos\r\n')])[0].text).toBe('dos\r')
})

it('an endless line uses no more memory than the limit', () => {
  const splitter = new LineSplitter(1_000, 0, false)
  for (let i = 0; i < 1_000; i++) {
    splitter.feed(new Uint8Array(10_000).fill(0x78))
    expect(splitter.line()).toBeUndefined()
  }
  expect(splitter.rest()).toMatchObject({ length: 10_000_000, bytes: { length: 1_000 } })
})

it('lines do not depend on how the bytes are divided into pieces', () => {
  const line = fc
    .uint8Array({ maxLength: 20 })
    .map((content) => content.map((byte) => (byte === 10 ? 11 : byte)))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 10 }), fc.array(fc.nat(15)), (lines, cuts) => {
      const whole = Uint8Array.from(lines.flatMap((content) => [...content, 10]))
      const chunks: Uint8Array[] = []
      let at = 0
      for (const cut of cuts) {
        chunks.push(whole.slice(at, at + cut))
        at += cut
      }
      chunks.push(whole.slice(at))
      const splitter = new LineSplitter(12, 0, false)
      const found: number[][] = []
      let end = 0
      for (const chunk of chunks) {
        splitter.feed(chunk)
        for (let next = splitter.line(); next; next = splitter.line()) {
          expect(next.start).toBe(end)
          end = next.end
          found.push([...next.bytes])
        }
      }
      expect(found).toEqual(lines.map((content) => [...content.slice(0, 12)]))
      expect(end).toBe(whole.length)
      expect(splitter.next).toBe(whole.length)
    }),
  )
})
