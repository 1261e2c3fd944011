import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readWrittenEntry } from '../../../src/sources/journal/written-entry.js'

const plain = '{"MESSAGE":"up","_PID":"7","_UID":"0","__CURSOR":"s=1"}'

describe('an entry as journalctl writes it', () => {
  it('has the fields of its program, and those of the journal that are used', () => {
    expect([...readWrittenEntry(plain)!]).toEqual([
      ['MESSAGE', 'up'],
      ['_PID', '7'],
      ['__CURSOR', 's=1'],
    ])
  })

  it.each([
    ['escapes', String.raw`{"MESSAGE":"say \"no\" \\","A":"\\\"","_UID":"\"","B":"é\t"}`],
    ['bytes, lists and fields that are too long', '{"A":[255,1],"B":["x","y"],"C":null,"D":"d"}'],
    ['blanks, as earlier versions write it', '{ "A" : "a", "B" : "b" }'],
    ['no field', '{}'],
  ])('may have %s', (_what, line) => {
    const fields = Object.entries(JSON.parse(line)).filter(([name]) => name !== '_UID')
    expect([...readWrittenEntry(line)!]).toEqual(fields)
  })

  it('has the JSON of what is neither text, bytes nor a list of these', () => {
    const line = '{"A":[195,"a"],"B":7,"C":{"a":[null]},"D":[[[1]]],"E":true,"F":[[1],null,"x"]}'
    expect([...readWrittenEntry(line)!]).toEqual([
      ['A', '[195,"a"]'],
      ['B', '7'],
      ['C', '{"a":[null]}'],
      ['D', '[[[1]]]'],
      ['E', 'true'],
      ['F', [[1], null, 'x']],
    ])
  })

  it.each([
    '',
    '{',
    '{"A":"a"',
    '{"A":"a"}}',
    '{"A":"a",}',
    '{"A":"\\"}',
    '{"A":"\\q"}',
    '{"A"}',
    '"A":"a"}',
    '7',
  ])('is none if it is %j', (line) => {
    expect(readWrittenEntry(line)).toBeUndefined()
  })

  it('is read as JSON.parse reads it, whatever its texts', () => {
    const names = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/)
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^["\\\\{}:,a]*$/))
    fc.assert(
      fc.property(fc.dictionary(names, texts), (fields) => {
        const line = JSON.stringify(fields)
        expect(Object.fromEntries(readWrittenEntry(line)!)).toEqual(JSON.parse(line))
      }),
    )
  })
})
