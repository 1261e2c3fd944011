import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { SyslogFramer } from '../../../src/sources/syslog/framer.js'

/** The messages of a stream that arrives in pieces. */
function split(pieces: readonly Buffer[], maxMessage = 1024, isCounted = false): string[] {
  const framer = new SyslogFramer(maxMessage, { isCounted })
  const found: string[] = []
  for (const piece of pieces) {
    framer.feed(Buffer.from(piece))
    for (let frame = framer.next(); frame; frame = framer.next()) found.push(shown(frame))
  }
  const rest = framer.rest()
  if (rest) found.push(shown(rest))
  expect(framer.rest()).toBeUndefined()
  expect(framer.held).toBe(0)
  return found
}

function shown({ bytes, length, incomplete }: ReturnType<SyslogFramer['next']> & object): string {
  const cut = length > bytes.length ? `…${length}` : ''
  return `${bytes.toString()}${cut}${incomplete ? ' (incomplete)' : ''}`
}

const text = (stream: string) => [Buffer.from(stream)]

it('messages end with a line feed, or are counted in bytes; each as its sender likes', () => {
  expect(split(text('<13>a\n8 <13>ü\nb<14>c\r\n5 <1>x\n<2>last'))).toEqual([
    '<13>a',
    '<13>ü\nb',
    '<14>c',
    '<1>x',
    '<2>last',
  ])
})

it('a null byte ends a message as a line feed does, and any run of both is one end', () => {
  const stream = '<11>a\0<12>b\n\0<13>c\r\n<14>d\0\0\0<15>e\r\r\n\r\0<16>f\0'
  const whole = ['<11>a', '<12>b', '<13>c', '<14>d', '<15>e', '<16>f']
  expect(split(text(stream))).toEqual(whole)
  expect(split([...stream].flatMap(text))).toEqual(whole)
})

it('a counted message may have an end besides', () => {
  expect(split(text('6 <1>a\r\n6 <2>b\n\0\x006 <3>\0c\0\n'))).toEqual(['<1>a', '<2>b', '<3>\0c'])
})

it('of messages that all end with the same byte, the other one is searched for once', () => {
  for (const end of ['\0', '\n']) {
    const chunk = Buffer.from(`<13>x${end}`.repeat(1_000))
    const searches = vi.spyOn(Buffer.prototype, 'indexOf')
    expect(split([chunk])).toHaveLength(1_000)
    expect(searches.mock.calls.length).toBeLessThan(1_010)
    searches.mockRestore()
  }
})

it('a count that is none is text', () => {
  expect(split(text('123 words\n0 <1>\n999999999 <1>x\n12\n'))).toEqual([
    '123 words',
    '0 <1>',
    '999999999 <1>x',
    '12',
  ])
})

it('a message that is too long is cut, and the next one is whole', () => {
  expect(split(text(`<1>${'x'.repeat(50)}\n53 <2>${'y'.repeat(50)}<3>z\n`), 8)).toEqual([
    '<1>xxxxx…53',
    '<2>yyyyy…53',
    '<3>z',
  ])
})

it('the line end of a message that is as long as it may be is not a part of it', () => {
  const stream = '<1>abcd\r\n8 <2>efgh\n9 <3>ijklm\n<4>mnopq\r\n10 <5>rstu\n\0\n'
  const whole = ['<1>abcd', '<2>efgh', '<3>ijkl…8', '<4>mnop…8', '<5>rstu']
  expect(split(text(stream), 7)).toEqual(whole)
  expect(split([...stream].flatMap(text), 7)).toEqual(whole)
})

it('a counted message without its end is marked', () => {
  expect(split(text('<1>a\n20 <2>b'))).toEqual(['<1>a', '<2>b (incomplete)'])
})

it('messages that are all counted begin with any byte, and a count without a message is none', () => {
  const stream = '8 no\nprio 18 x3 <3>not counted'
  for (const length of [1, 2, 5, stream.length]) {
    const pieces = Array.from({ length: Math.ceil(stream.length / length) }, (_, i) =>
      Buffer.from(stream.slice(i * length, (i + 1) * length)),
    )
    expect(split(pieces, 1024, true)).toEqual(['no\nprio ', 'x3 <3>not counted (incomplete)'])
  }
  expect(split(text('1 a12'), 1024, true)).toEqual(['a'])
})

it('messages are the same in whatever pieces they arrive', () => {
  const unit = fc.constantFrom('a', 'ü', ' ', '<', '1', '😀')
  const line = fc.record({
    body: fc.string({ unit, maxLength: 40 }),
    counted: fc.constant(false),
    end: fc.constantFrom('\n', '\0', '\r\n', '\n\0', '\0\0'),
  })
  const counted = fc.record({
    body: fc.string({ unit: fc.oneof(unit, fc.constantFrom('\0', '\n', '\r')), maxLength: 40 }),
    counted: fc.constant(true),
    end: fc.constant(''),
  })
  const message = fc.oneof(line, counted)
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 30 })),
      (given, sizes) => {
        const stream = Buffer.concat(
          given.map(({ body, counted, end }) => {
            const bytes = Buffer.from(`<13>${body}`)
            return counted
              ? Buffer.concat([Buffer.from(`${bytes.length} `), bytes])
              : Buffer.concat([bytes, Buffer.from(end)])
          }),
        )
        const pieces: Buffer[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes.length === 0 ? 1 : sizes[i % sizes.length]
          pieces.push(stream.subarray(at, at + size))
          at += size
        }
        expect(split(pieces)).toEqual(given.map(({ body }) => `<13>${body.replace(/[\0\r\n]+$/, '')}`))
      },
    ),
  )
})

it('of any bytes it keeps no more than a message', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (pieces) => {
      const framer = new SyslogFramer(64)
      for (const piece of pieces) {
        framer.feed(Buffer.from(piece))
        for (let frame = framer.next(); frame; frame = framer.next())
          expect(frame.bytes.length).toBeLessThanOrEqual(64)
        expect(framer.held).toBeLessThanOrEqual(64 + 30)
      }
    }),
  )
})
