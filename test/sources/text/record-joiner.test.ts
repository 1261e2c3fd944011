import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { z } from 'zod'
import { multilineConfig } from '../../../src/sources/text/config.js'
import { type Line, LineSplitter } from '../../../src/sources/text/line-splitter.js'
import { multilineSettings, RecordJoiner } from '../../../src/sources/text/record-joiner.js'

interface Record {
  text: string
  start: number
  end: number
  continued: boolean
  length: number
}

const shown = ({ bytes, start, end, continued, length }: Line): Record => ({
  text: Buffer.from(bytes).toString('latin1'),
  start,
  end,
  continued,
  length,
})

function join(text: string, config: z.input<typeof multilineConfig>, maxLine = 1000): Record[] {
  const joiner = new RecordJoiner(multilineSettings(multilineConfig.parse(config)))
  const splitter = new LineSplitter(maxLine, 0, false)
  const records: Record[] = []
  splitter.feed(Buffer.from(text, 'latin1'))
  for (let line = splitter.line(); line; line = splitter.line()) {
    const record = joiner.add(line)
    if (record) records.push(shown(record))
    expect(joiner.pending?.start).toBeLessThanOrEqual(line.start)
  }
  const last = joiner.flush()
  if (last) records.push(shown(last))
  expect(joiner.pending).toBeUndefined()
  return records
}

it('joins indented lines to the line before', () => {
  const text = 'Error: x\n  at a\n\tat b\nnext\n'
  expect(join(text, { indented: true }).map((each) => each.text)).toEqual([
    'Error: x\n  at a\n\tat b',
    'next',
  ])
})

it('joins what does not match the start of a record, with the place of the whole', () => {
  expect(join('2026 a\nb\n\nc\n2027 d\n', { start: '^\\d{4} ' })).toEqual([
    { text: '2026 a\nb\n\nc', start: 0, end: 12, continued: false, length: 11 },
    { text: '2027 d', start: 12, end: 19, continued: false, length: 6 },
  ])
})

it('ends a record at its most lines and bytes, and marks what follows', () => {
  const lines = 'a\n b\n c\n d\n'
  expect(
    join(lines, { indented: true, maxLines: 2 }).map(({ text, continued }) => [text, continued]),
  ).toEqual([
    ['a\n b', false],
    [' c\n d', true],
  ])
  const long = `a\n ${'b'.repeat(200)}\n ${'c'.repeat(200)}\n`
  expect(join(long, { indented: true, maxBytes: '256B' }).map(({ continued }) => continued)).toEqual([
    false,
    true,
  ])
})

it('says how long a record with a line that was cut really is', () => {
  expect(join(`a\n ${'b'.repeat(50)}\n`, { indented: true }, 10)).toEqual([
    { text: 'a\n bbbbbbbbb', start: 0, end: 54, continued: false, length: 53 },
  ])
})

it('loses no line and changes no order, whatever the lines and the limits are', () => {
  const lines = fc.array(fc.constantFrom('a', ' b', '', ' ', '\tc', 'dd'), { maxLength: 40 })
  fc.assert(
    fc.property(lines, fc.integer({ min: 2, max: 6 }), (given, maxLines) => {
      const text = given.map((line) => `${line}\n`).join('')
      const records = join(text, { indented: true, maxLines })
      expect(records.map((each) => `${each.text}\n`).join('')).toBe(text)
      expect(records.every((each, i) => each.start === (records[i - 1]?.end ?? 0))).toBe(true)
      expect(records.every((each) => each.text.split('\n').length <= maxLines)).toBe(true)
    }),
  )
})
