import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CsvForm, csvRecord, parseCsv } from '../../../src/sources/text/csv.js'

const usual: CsvForm = { separator: ',', quote: '"' }

describe('a record of RFC 4180', () => {
  it.each([
    ['a,b,c', ['a', 'b', 'c']],
    ['', ['']],
    [',', ['', '']],
    ['"a,b","say ""hi""",""', ['a,b', 'say "hi"', '']],
    ['"two\nlines",x', ['two\nlines', 'x']],
    ['a b , c', ['a b ', ' c']],
    ['a"b,c', ['a"b', 'c']],
    ['a,b\r\n', ['a', 'b']],
    ['a,"b"\r', ['a', 'b']],
  ])('%j has the values %j', (text, values) => {
    expect(parseCsv(text, usual)).toEqual(values)
  })

  it.each(['"a', 'a,"b', '"a"b,c', 'a\nb', `${'a,'.repeat(256)}a`])('is not %j', (text) => {
    expect(parseCsv(text, usual)).toBeUndefined()
  })

  it('may have other separators and quotes, or no quotes', () => {
    expect(parseCsv("'a;b';c", { separator: ';', quote: "'" })).toEqual(['a;b', 'c'])
    expect(parseCsv('"a"\t"b', { separator: '\t', quote: '' })).toEqual(['"a"', '"b'])
    expect(parseCsv('a || b', { separator: ' || ', quote: '"' })).toEqual(['a', 'b'])
  })

  it('is one of several, each after the other', () => {
    const text = 'a,b\r\n"1\n2",3\n4,5'
    const first = csvRecord(text, 0, usual)
    const second = csvRecord(text, first?.end ?? 0, usual)
    expect([first?.values, second?.values]).toEqual([
      ['a', 'b'],
      ['1\n2', '3'],
    ])
    expect(csvRecord(text, second?.end ?? 0, usual)).toEqual({ values: ['4', '5'], end: text.length })
  })

  it('is read back as it was written', () => {
    const values = fc.array(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'ä') }), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(values, (given) => {
        const line = given.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')
        expect(parseCsv(line, usual)).toEqual(given)
      }),
    )
  })

  it('ends after where it begins, whatever the text is', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r') })
    fc.assert(
      fc.property(text, (given) => {
        for (let at = 0; at < given.length; ) {
          const record = csvRecord(given, at, usual)
          if (record === undefined) return
          expect(record.end).toBeGreaterThan(at)
          at = record.end
        }
      }),
    )
  })
})
