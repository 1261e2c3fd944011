import { describe, expect, it } from 'vitest'
import { checkValue, hasMoreValues, walkValue } from '../../../src/event/msgpack/walk.js'
import { concat, hex, text } from '../bytes.js'

const fault = (bytes: Uint8Array) => checkValue(bytes, 0, bytes.length)

const sound: [string, Uint8Array][] = [
  ['positive fixint', hex('7f')],
  ['negative fixint', hex('e0')],
  ['nil', hex('c0')],
  ['false', hex('c2')],
  ['true', hex('c3')],
  ['bin 8', hex('c4 02 0102')],
  ['bin 16', hex('c5 0002 0102')],
  ['bin 32', hex('c6 00000002 0102')],
  ['ext 8', hex('c7 02 4e 0102')],
  ['ext 16', hex('c8 0002 4e 0102')],
  ['ext 32', hex('c9 00000002 4e 0102')],
  ['ext 8 without content', hex('c7 00 4e')],
  ['float 32', hex('ca 00000000')],
  ['float 64', hex('cb 0000000000000000')],
  ['uint 8', hex('cc ff')],
  ['uint 16', hex('cd ffff')],
  ['uint 32', hex('ce ffffffff')],
  ['uint 64', hex('cf ffffffffffffffff')],
  ['int 8', hex('d0 80')],
  ['int 16', hex('d1 8000')],
  ['int 32', hex('d2 80000000')],
  ['int 64', hex('d3 8000000000000000')],
  ['fixext 1', hex('d4 4e 00')],
  ['fixext 2', hex('d5 4e 0000')],
  ['fixext 4', hex('d6 ff 00000000')],
  ['fixext 8', hex('d7 ff 0000000000000000')],
  ['fixext 16', hex('d8 4e 00000000000000000000000000000000')],
  ['fixstr', concat(hex('a3'), text('abc'))],
  ['str 8', concat(hex('d9 03'), text('abc'))],
  ['str 16', concat(hex('da 0003'), text('abc'))],
  ['str 32', concat(hex('db 00000003'), text('abc'))],
  ['fixarray', hex('93 01 02 03')],
  ['array 16', hex('dc 0002 01 02')],
  ['array 32', hex('dd 00000002 01 02')],
  ['fixmap', hex('82 a161 01 a162 80')],
  ['map 16', hex('de 0001 a161 01')],
  ['map 32', hex('df 00000001 a161 01')],
  ['containers in containers', hex('83 a161 92 90 81 01 c0 93 01 02 80 c2 a162 80')],
]

describe('walk of a value', () => {
  it.each(sound)('ends where %s ends', (_, bytes) => {
    expect(walkValue(bytes, 0, bytes.length)).toBe(bytes.length)
    expect(fault(bytes)).toBeUndefined()
  })

  it.each(sound)('detects %s truncated at every byte', (_, bytes) => {
    for (let end = 0; end < bytes.length; end++) expect(checkValue(bytes, 0, end)).toBe('TCN_BODY_INVALID')
  })

  it.each(sound)('detects bytes that follow %s', (_, bytes) => {
    expect(fault(concat(bytes, hex('c0')))).toBe('TCN_BODY_TRAILING')
  })

  it('refuses the lead byte that msgpack leaves undefined', () => {
    expect(fault(hex('c1'))).toBe('TCN_BODY_INVALID')
    expect(fault(hex('92 01 c1'))).toBe('TCN_BODY_INVALID')
  })

  it('accepts 512 levels of containers and refuses 513', () => {
    const nested = (levels: number) => concat(...Array<Uint8Array>(levels).fill(hex('91')), hex('c0'))
    expect(fault(nested(512))).toBeUndefined()
    expect(fault(nested(513))).toBe('TCN_BODY_DEPTH')
    expect(checkValue(nested(64), 0, 65, 64)).toBeUndefined()
    expect(checkValue(nested(65), 0, 66, 64)).toBe('TCN_BODY_DEPTH')
    expect(fault(nested(10_000))).toBe('TCN_BODY_DEPTH')
    const maps = (levels: number) => concat(...Array<Uint8Array>(levels).fill(hex('81 a161')), hex('c0'))
    expect(fault(maps(512))).toBeUndefined()
    expect(fault(maps(513))).toBe('TCN_BODY_DEPTH')
  })

  it('refuses counts and lengths larger than the bytes that follow', () => {
    for (const bytes of [
      'df ffffffff',
      'dd ffffffff',
      'db ffffffff',
      'c6 ffffffff',
      'c9 ffffffff 4e',
      'de ffff c0 c0',
    ]) {
      expect(fault(hex(bytes))).toBe('TCN_BODY_INVALID')
    }
  })

  it('reads no byte outside the range', () => {
    const bytes = hex('c1 92 01 02 c1')
    expect(walkValue(bytes, 1, 4)).toBe(4)
    expect(walkValue(bytes, 1, 3)).toBeLessThan(0)
  })

  it('counts the values of every kind up to a limit', () => {
    for (const [, bytes] of sound) {
      let count = 0
      while (hasMoreValues(bytes, 0, bytes.length, count)) count++
      const list = concat(hex('92'), bytes, bytes)
      expect(hasMoreValues(list, 0, list.length, 2 * count)).toBe(true)
      expect(hasMoreValues(list, 0, list.length, 2 * count + 1)).toBe(false)
    }
    expect(hasMoreValues(hex('93 01 a2 6162 81 01 c0'), 0, 8, 5)).toBe(true)
    expect(hasMoreValues(hex('93 01 a2 6162 81 01 c0'), 0, 8, 6)).toBe(false)
  })
})
