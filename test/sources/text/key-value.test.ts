import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KeyValueForm, parseKeyValues } from '../../../src/sources/text/key-value.js'

const usual: KeyValueForm = { separator: ' ', equals: '=', quote: '"\'' }

describe('pairs of keys and values', () => {
  it('are those of a firewall, with the text before them and words without a value', () => {
    const line = '[UFW BLOCK] IN=eth0 OUT= SRC=192.0.2.7 DST=192.0.2.1 LEN=60 DF PROTO=TCP SYN URGP=0'
    expect(parseKeyValues(line, usual)).toEqual({
      text: '[UFW BLOCK]',
      fields: {
        ...{ IN: 'eth0', OUT: '', SRC: '192.0.2.7', DST: '192.0.2.1', LEN: '60' },
        ...{ DF: true, PROTO: 'TCP', SYN: true, URGP: '0' },
      },
    })
  })

  it('may be quoted, with escaped quotes and backslashes', () => {
    const line = `a="two words" b='it''s' c="say \\"hi\\"" d="C:\\temp\\\\" e="'"`
    expect(parseKeyValues(line.replace("''", ''), usual)?.fields).toEqual({
      ...{ a: 'two words', b: 'its', c: 'say "hi"', d: 'C:\\temp\\', e: "'" },
    })
  })

  it('may have other separators', () => {
    const form = { separator: ';', equals: ':', quote: '"' }
    const line = 'User: bob; Logon Type: 3;Address:192.0.2.7; Note: "a; b" ;'
    expect(parseKeyValues(line, form)).toEqual({
      text: '',
      fields: { User: 'bob', 'Logon Type': '3', Address: '192.0.2.7', Note: 'a; b' },
    })
  })

  it('may be separated by more than one character', () => {
    const form = { separator: '||', equals: '=>', quote: '' }
    expect(parseKeyValues('a => 1 || b=>"2"||c=>=', form)?.fields).toEqual({ a: '1', b: '"2"', c: '=' })
  })

  it('belong to the text where they are in brackets', () => {
    expect(parseKeyValues('lost (code=5) after=3s again (twice)', usual)).toEqual({
      text: 'lost (code=5) (twice)',
      fields: { after: '3s', again: true },
    })
  })

  it.each(['', 'just words', 'a = b', '=x', '(a=b)', 'a="b', 'a="b"c', `${'k=v '.repeat(257)}`])(
    'are not in %j',
    (line) => {
      expect(parseKeyValues(line, usual)).toBeUndefined()
    },
  )

  it('are read back as they were written', () => {
    const key = fc.stringMatching(/^[a-z_.]{1,12}$/).map((name) => `k${name}`)
    fc.assert(
      fc.property(fc.dictionary(key, fc.string(), { minKeys: 1, maxKeys: 20 }), (given) => {
        const line = Object.entries(given)
          .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
          .join(' ')
        expect(parseKeyValues(line, usual)).toEqual({ text: '', fields: { ...given } })
      }),
    )
  })

  it('keep their value when the key comes again as a word', () => {
    const form = { separator: ';', equals: '=', quote: '' }
    expect(parseKeyValues('a=;a', form)?.fields).toEqual({ a: '' })
    expect(parseKeyValues('a=1;b;b=2', form)?.fields).toEqual({ a: '1', b: '2' })
  })

  it('are found or not in any text, but never an error', () => {
    const unit = fc.constantFrom('a', '=', '"', "'", ' ', ';', '\\', '(', '\n')
    const form = fc.record({
      separator: fc.constantFrom(' ', ';', '\t'),
      equals: fc.constantFrom('=', ':'),
      quote: fc.constantFrom('', '"', '"\''),
    })
    fc.assert(
      fc.property(fc.string({ unit }), form, (line, each) => {
        const found = parseKeyValues(line, each)
        if (found === undefined) return
        expect(Object.values(found.fields).some((value) => typeof value === 'string')).toBe(true)
      }),
    )
  })
})
