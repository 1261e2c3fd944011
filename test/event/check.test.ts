import { describe, expect, it } from 'vitest'
import { checkFrame, DEFAULT_LIMITS, WIDEST_LIMITS } from '../../src/event/check.js'
import { encodeFrame, type FrameParts, setFrameSeq, writeU16, writeU32 } from '../../src/event/frame.js'
import { concat, hex, text } from './bytes.js'

const MAX = 64 * 1024
const LIMITS = { ...DEFAULT_LIMITS, frame: MAX }

function frame(parts: Partial<FrameParts> = {}): Uint8Array {
  return encodeFrame({ tag: 'salt/job/1/ret/web1', source: 'salt/master', body: hex('81 a161 01'), ...parts })
}

function changed(change: (bytes: Uint8Array) => void, parts: Partial<FrameParts> = {}): Uint8Array {
  const bytes = frame(parts)
  change(bytes)
  return bytes
}

const fault = (bytes: Uint8Array) => checkFrame(bytes, 0, bytes.length, LIMITS)

describe('check of a frame', () => {
  it('accepts a valid frame', () => {
    expect(fault(frame())).toBeUndefined()
    expect(fault(frame({ source: '' }))).toBeUndefined()
    expect(fault(frame({ tag: 'a', source: undefined, body: hex('c0') }))).toBeUndefined()
    expect(fault(frame({ tag: 'höst/é/✓/𝄞', source: 'hôte', kind: 0xffffffff }))).toBeUndefined()
    expect(fault(frame({ tag: 'x'.repeat(1024), source: 's'.repeat(255) }))).toBeUndefined()
  })

  it('accepts a frame written byte by byte', () => {
    const bytes = hex(`
      25000000 01 00 0300 0000000000000000 0000000000000000 00000000 0100 0000
      73 612f62 0a0a 81a16101`)
    writeU32(bytes, 0, bytes.length - 4)
    expect(fault(bytes)).toBeUndefined()
  })

  it('detects a frame that is truncated at any byte', () => {
    const bytes = frame()
    for (let end = 0; end < bytes.length; end++)
      expect(checkFrame(bytes, 0, end, LIMITS)).toBe('TCN_FRAME_LENGTH')
  })

  it('detects a truncated frame whose length was adjusted', () => {
    const bytes = frame()
    const body = bytes.length - 4
    for (let end = 4; end < bytes.length; end++) {
      const cut = bytes.slice(0, end)
      writeU32(cut, 0, end - 4)
      expect(fault(cut)).toBe(end < body ? 'TCN_FRAME_LENGTH' : 'TCN_BODY_INVALID')
    }
  })

  it('checks the frame at an offset and ignores its neighbours', () => {
    const bytes = concat(hex('ffff'), frame(), hex('ffff'))
    expect(checkFrame(bytes, 2, bytes.length, LIMITS)).toBeUndefined()
  })

  const faults: [string, string, Uint8Array][] = [
    [
      'a length that reaches beyond the bytes',
      'TCN_FRAME_LENGTH',
      changed((b) => writeU32(b, 0, b.length - 3)),
    ],
    ['a length shorter than the header', 'TCN_FRAME_LENGTH', changed((b) => writeU32(b, 0, 20))],
    ['a length of nothing', 'TCN_FRAME_LENGTH', changed((b) => writeU32(b, 0, 0))],
    ['a length over the limit', 'TCN_FRAME_TOO_LARGE', changed((b) => writeU32(b, 0, MAX))],
    ['the largest length', 'TCN_FRAME_TOO_LARGE', changed((b) => writeU32(b, 0, 0xffffffff))],
    ['a tag length that reaches beyond the frame', 'TCN_FRAME_LENGTH', changed((b) => writeU16(b, 6, 1000))],
    [
      'a source length that reaches beyond the frame',
      'TCN_FRAME_LENGTH',
      changed((b) => writeU16(b, 28, 250)),
    ],
    [
      'an attributes length that reaches beyond the frame',
      'TCN_FRAME_LENGTH',
      changed((b) => writeU16(b, 30, 8000)),
    ],
    ['another op', 'TCN_PROTOCOL_OP', changed((b) => b.fill(2, 4, 5))],
    ['flag 1 from a publisher', 'TCN_FRAME_FLAGS', frame({ flags: 1 })],
    ['flag 2 from a publisher', 'TCN_FRAME_FLAGS', frame({ flags: 2 })],
    ['an unknown flag bit', 'TCN_FRAME_FLAGS', frame({ flags: 0x80 })],
    ['a counter over 2^53', 'TCN_BUS_COUNTER', changed((b) => setFrameSeq(b, 0, 2 ** 53))],
    ['an empty tag', 'TCN_TAG_EMPTY', frame({ tag: '' })],
    ['a tag of 1025 bytes', 'TCN_TAG_TOO_LONG', frame({ tag: 'x'.repeat(1025) })],
    ['a line feed in the tag', 'TCN_TAG_CONTROL', frame({ tag: 'a\nb' })],
    ['a zero byte in the tag', 'TCN_TAG_CONTROL', frame({ tag: '\0' })],
    ['DEL in the tag', 'TCN_TAG_CONTROL', frame({ tag: 'a\x7f' })],
    ['a control character behind other characters', 'TCN_TAG_CONTROL', frame({ tag: 'é\x1b[2J' })],
    ['a tag that is not UTF-8', 'TCN_TAG_UTF8', frame({ tag: hex('61 ff') })],
    ['a tag with an overlong form', 'TCN_TAG_UTF8', frame({ tag: hex('c0af') })],
    ['a tag with a surrogate', 'TCN_TAG_UTF8', frame({ tag: hex('eda080') })],
    ['a tag cut within a character', 'TCN_TAG_UTF8', frame({ tag: hex('61 e282') })],
    ['a source that is not UTF-8', 'TCN_ORIGIN_UTF8', frame({ source: hex('80') })],
    ['a source of 256 bytes', 'TCN_ORIGIN_TOO_LONG', frame({ source: 's'.repeat(256) })],
    ['attributes over 8 KiB', 'TCN_ATTRIBUTES_TOO_LARGE', frame({ attributes: new Uint8Array(8193) })],
    ['no separator', 'TCN_FRAME_SEPARATOR', changed((b) => b.fill(0x20, b.length - 6, b.length - 5))],
    ['half a separator', 'TCN_FRAME_SEPARATOR', changed((b) => b.fill(0x0d, b.length - 5, b.length - 4))],
    ['no body', 'TCN_BODY_INVALID', frame({ body: hex('') })],
    ['a body that is not msgpack', 'TCN_BODY_INVALID', frame({ body: hex('c1') })],
    ['bytes behind the body', 'TCN_BODY_TRAILING', frame({ body: hex('80 80') })],
    ['a body nested 10,000 deep', 'TCN_BODY_DEPTH', frame({ body: new Uint8Array(10_000).fill(0x91) })],
    ['a map that announces 2^32 entries', 'TCN_BODY_INVALID', frame({ body: hex('df ffffffff c0') })],
  ]
  it.each(faults)('detects %s: %s', (_, code, bytes) => {
    expect(fault(bytes)).toBe(code)
  })

  it('lets the hub set the defined flags', () => {
    for (const flags of [1, 2, 3]) {
      const bytes = frame({ flags })
      expect(checkFrame(bytes, 0, bytes.length, LIMITS, 'hub')).toBeUndefined()
    }
    const bytes = frame({ flags: 4 })
    expect(checkFrame(bytes, 0, bytes.length, LIMITS, 'hub')).toBe('TCN_FRAME_FLAGS')
  })

  it('accepts ext types, prototype names and text that is not UTF-8 in a body', () => {
    for (const body of ['d4 4e 00', 'd4 07 00', 'c7 00 80', 'a1 ff', '81 a95f5f70726f746f5f5f 80']) {
      expect(fault(frame({ body: hex(body) }))).toBeUndefined()
    }
  })
})

describe('check of a frame from a bus of Salt', () => {
  const salt = (tag: string | Uint8Array, body = hex('80')) => {
    const bytes = frame({ tag, body })
    return checkFrame(bytes, 0, bytes.length, WIDEST_LIMITS)
  }
  const nested = (depth: number) => concat(new Uint8Array(depth).fill(0x91), hex('c0'))

  it('accepts a tag of 65,000 bytes and none longer', () => {
    expect(salt('x'.repeat(65_000))).toBeUndefined()
    expect(salt('x'.repeat(65_001))).toBe('TCN_TAG_TOO_LONG')
  })

  it('accepts any character in a tag', () => {
    for (const character of ['\t', '\n', '\0', '\x1b', '\x7f', '\r\n', 'a\nb\nc'])
      expect(salt(`a${character}b`)).toBeUndefined()
    expect(salt('\n')).toBe('TCN_TAG_CONTROL')
  })

  it('refuses a tag in which a receiver would find the separator', () => {
    expect(salt('a\n\nb')).toBe('TCN_TAG_CONTROL')
    expect(salt('ab\n')).toBe('TCN_TAG_CONTROL')
  })

  it('still refuses a tag that is not UTF-8', () => {
    expect(salt(hex('09 ff'))).toBe('TCN_TAG_UTF8')
  })

  it('accepts a body of 512 levels and none deeper', () => {
    expect(salt('a', nested(512))).toBeUndefined()
    expect(salt('a', nested(513))).toBe('TCN_BODY_DEPTH')
    const bytes = frame({ body: nested(65) })
    expect(fault(bytes)).toBe('TCN_BODY_DEPTH')
  })
})

describe('check of attributes', () => {
  const attributes = (bytes: Uint8Array) => fault(frame({ attributes: bytes }))
  const longText = concat(hex('da 0100'), text('v'.repeat(256)))

  it('accepts text, integers and booleans of every width with text keys', () => {
    for (const value of ['a0', 'a178', '00', 'ff', 'c2', 'c3', 'd90178', 'da000178', 'db0000000178']) {
      expect(attributes(hex(`81 a161 ${value}`))).toBeUndefined()
    }
    for (const value of ['cc00', 'cd0000', 'ce00000000', 'cf0000000000000000']) {
      expect(attributes(hex(`81 a161 ${value}`))).toBeUndefined()
    }
    for (const value of ['d000', 'd10000', 'd200000000', 'd30000000000000000']) {
      expect(attributes(hex(`81 a161 ${value}`))).toBeUndefined()
    }
    expect(attributes(hex('80'))).toBeUndefined()
    expect(attributes(hex('de0001 a161 01'))).toBeUndefined()
    expect(attributes(hex('df00000001 a161 01'))).toBeUndefined()
    expect(attributes(concat(hex('82 a161 01 a162'), longText))).toBeUndefined()
  })

  it('refuses everything else', () => {
    const others = [
      'c0',
      '90',
      'a161',
      '01',
      '81',
      '81 01 01',
      '81 a161',
      '81 a161 c0',
      '81 a161 80',
      '81 a161 90',
    ]
    others.push(
      '81 a161 cb0000000000000000',
      '81 a161 c40101',
      '81 a161 d4ff00',
      '80 00',
      '81 a1ff 01',
      '81 a161 a1ff',
    )
    others.push(
      '81 a161 a261',
      '81 a161 cd00',
      'de00',
      'df000000',
      'dfffffffff',
      '81 a161 d905',
      '81 a161 db0000',
      '82 a161 01',
    )
    for (const bytes of others)
      expect([bytes, attributes(hex(bytes))]).toEqual([bytes, 'TCN_ATTRIBUTES_INVALID'])
  })
})
