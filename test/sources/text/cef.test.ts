import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCef } from '../../../src/sources/text/cef.js'

const head = 'CEF:0|Security|threatmanager|1.0|100|worm stopped|10|'

describe('an event in the Common Event Format', () => {
  it('has its header and its extension as fields', () => {
    expect(parseCef(`${head}src=10.0.0.1 dst=2.1.2.2 spt=1232`)).toEqual({
      name: 'worm stopped',
      severity: 'crit',
      fields: {
        ...{ cef: '0', vendor: 'Security', product: 'threatmanager', productVersion: '1.0' },
        ...{ signature: '100', name: 'worm stopped', level: '10' },
        ...{ src: '10.0.0.1', dst: '2.1.2.2', spt: '1232' },
      },
    })
  })

  it('has escaped bars and backslashes in its header', () => {
    const fields = parseCef('CEF:1|a\\|b|c\\\\d|1|2|n=m|3|act=x')?.fields
    expect(fields).toMatchObject({ cef: '1', vendor: 'a|b', product: 'c\\d', name: 'n=m', act: 'x' })
  })

  it('has values with blanks, escaped signs and line feeds, and addresses with signs', () => {
    const text = `${head}msg=a \\= b\\nnext  act=blocked a | b filePath=C:\\\\dir\\ x request=https://x/?a=1&b=2 cs1Label=Rule`
    expect(parseCef(text)?.fields).toMatchObject({
      msg: 'a = b\nnext',
      act: 'blocked a | b',
      filePath: 'C:\\dir\\ x',
      request: 'https://x/?a=1&b=2',
      cs1Label: 'Rule',
    })
  })

  it('keeps fields of the extension that have a name of the header', () => {
    expect(parseCef(`${head}name=bob level=3 a=1`)?.fields).toMatchObject({
      name: 'worm stopped',
      extension: { name: 'bob', level: '3' },
      a: '1',
    })
  })

  it.each([
    ['0', 'info'],
    ['3', 'info'],
    ['4', 'warning'],
    ['6', 'warning'],
    ['7', 'err'],
    ['8', 'err'],
    ['9', 'crit'],
    ['10', 'crit'],
    ['11', undefined],
    ['Low', 'info'],
    ['Medium', 'warning'],
    ['High', 'err'],
    ['Very-High', 'crit'],
    ['Unknown', undefined],
    ['', undefined],
  ])('of severity %j is %s', (level, severity) => {
    expect(parseCef(`CEF:0|a|b|c|d|e|${level}|`)?.severity).toBe(severity)
  })

  it('may end after its severity', () => {
    expect(parseCef('CEF:0|a|b|c|d|e|5')).toMatchObject({ severity: 'warning', name: 'e' })
  })

  it.each([
    '',
    'CEF:',
    'CEF:0|a|b',
    'CEF:x|a|b|c|d|e|5|',
    'LEEF:1.0|a|b|c|d|',
    `${head}text`,
    `${head}text a=1`,
  ])('is not %j', (text) => {
    expect(parseCef(text)).toBeUndefined()
  })

  it('has at most 256 fields in its extension', () => {
    expect(parseCef(head + 'a=1 '.repeat(256))).toBeDefined()
    expect(parseCef(head + 'a=1 '.repeat(257))).toBeUndefined()
  })

  it('is read back as it was written', () => {
    const unit = fc.constantFrom('a', 'b', '=', '|', '\\', '\n', ' ')
    const value = fc.string({ unit }).map((text) => text.trim())
    const key = fc.stringMatching(/^[a-z]{1,8}$/).map((name) => `k${name}`)
    fc.assert(
      fc.property(value, fc.dictionary(key, value), (name, pairs) => {
        const escaped = (text: string) => text.replace(/[\\=]/g, '\\$&').replaceAll('\n', '\\n')
        const extension = Object.entries(pairs).map(([each, text]) => `${each}=${escaped(text)}`)
        const header = name.replace(/[\\|]/g, '\\$&')
        const read = parseCef(`CEF:0|v|p|1|2|${header}|5|${extension.join(' ')}`)
        expect(read?.fields).toMatchObject(pairs)
        expect(read?.name).toBe(name)
      }),
    )
  })
})
