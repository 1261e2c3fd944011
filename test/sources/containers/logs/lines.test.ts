import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ContainerLines,
  type ContainerRecord,
  type LogPlaces,
} from '../../../../src/sources/containers/logs/lines.js'
import {
  type ContainerStream,
  FramedPieces,
  nanosOf,
  TerminalPieces,
} from '../../../../src/sources/containers/logs/pieces.js'
import { multilineConfig } from '../../../../src/sources/text/config.js'
import { joinerOf } from '../../../../src/sources/text/record-joiner.js'

const at = (second: number, nanos = 0) =>
  `2026-11-23T09:11:${String(second).padStart(2, '0')}.${String(nanos).padStart(9, '0')}Z`

/** A frame as Docker sends it. */
function frame(stream: ContainerStream, time: string, text: string): Buffer {
  const content = Buffer.from(`${time} ${text}`)
  const head = Buffer.from([stream === 'stdout' ? 1 : 2, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32BE(content.length, 4)
  return Buffer.concat([head, content])
}

interface Wanted {
  maxLine?: number
  multiline?: object
  after?: LogPlaces
  isTerminal?: boolean
}

function read(chunks: readonly Buffer[], { maxLine = 100, multiline, after = {}, isTerminal }: Wanted = {}) {
  const pieces = isTerminal ? new TerminalPieces(maxLine) : new FramedPieces()
  const joiner = joinerOf({ multiline: multiline && multilineConfig.parse(multiline) })
  const lines = new ContainerLines({ pieces, maxLine, joiner, after })
  const found: ReturnType<typeof shown>[] = []
  for (const chunk of chunks) {
    lines.feed(chunk)
    for (let line = lines.next(); line !== undefined; line = lines.next()) found.push(shown(line))
  }
  for (let line = lines.rest(); line !== undefined; line = lines.rest()) found.push(shown(line))
  return found
}

const shown = ({ stream, bytes, length, end }: ContainerRecord) =>
  `${stream} ${Buffer.from(bytes)}${length > bytes.length ? `…${length}` : ''} ${end.count}`

describe('the log of a container without a terminal', () => {
  it('is frames with eight bytes before them, as these', () => {
    const bytes = Buffer.from('\x01\0\0\0\0\0\0\x232026-11-23T09:11:28.153001783Z hello\n', 'latin1')
    bytes[7] = bytes.length - 8
    expect(read([bytes])).toEqual(['stdout hello 1'])
  })

  it('has long lines in pieces, of both streams in turn', () => {
    const chunks = [
      frame('stdout', at(1), 'a'),
      frame('stderr', at(1, 5), 'x\n'),
      frame('stdout', at(2), 'b'),
      frame('stdout', at(3), 'c\n'),
      frame('stdout', at(4), 'no end'),
    ]
    expect(read(chunks)).toEqual(['stderr x 1', 'stdout abc 1', 'stdout no end 1'])
  })

  it('is cut where a line is too long', () => {
    expect(read([frame('stdout', at(1), 'abcdef'), frame('stdout', at(1), 'gh\n')], { maxLine: 4 })).toEqual([
      'stdout abcd…8 1',
    ])
  })

  it('is joined to records where lines belong together', () => {
    const lines = ['Error: no', '  at a', '  at b', 'next'].map((text, n) =>
      frame('stderr', at(n), `${text}\n`),
    )
    expect(read([...lines, frame('stdout', at(5), 'out\n')], { multiline: { indented: true } })).toEqual([
      'stderr Error: no\n  at a\n  at b 1',
      'stdout out 1',
      'stderr next 1',
    ])
  })

  it('continues after the line that was read last, also where several have the same time', () => {
    const lines = ['a', 'b', 'c'].map((text) => frame('stdout', at(1), `${text}\n`))
    const after = { stdout: { time: nanosOf(at(1)), count: 2 } }
    expect(
      read([frame('stdout', at(0), 'before\n'), ...lines, frame('stderr', at(1), 'e\n')], { after }),
    ).toEqual(['stdout c 3', 'stderr e 1'])
  })

  it.each([
    ['no frames', Buffer.from('hello, this is no frame\n')],
    ['no times', frame('stdout', 'yesterday', 'x\n')],
  ])('is at its end with %s', (_, bytes) => {
    expect(() => read([bytes])).toThrow('the daemon sends')
  })

  it('is the same in whatever pieces it arrives', () => {
    const line = fc.record({
      stream: fc.constantFrom<ContainerStream>('stdout', 'stderr'),
      text: fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '\t'), maxLength: 20 }),
    })
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 30 })),
        (given, sizes) => {
          const stream = Buffer.concat(given.map(({ stream, text }, n) => frame(stream, at(n), `${text}\n`)))
          const chunks: Buffer[] = []
          let from = 0
          for (const size of sizes) {
            chunks.push(Buffer.from(stream.subarray(from, from + size)))
            from += size
          }
          chunks.push(Buffer.from(stream.subarray(from)))
          expect(read(chunks)).toEqual(given.map(({ stream, text }) => `${stream} ${text} 1`))
        },
      ),
    )
  })
})

it('the log of a container with a terminal is lines that end with CR LF', () => {
  const bytes = Buffer.from(`${at(1)} one\r\n${at(2)} two\r\n`)
  expect(read([bytes.subarray(0, 40), bytes.subarray(40)], { isTerminal: true })).toEqual([
    'stdout one 1',
    'stdout two 1',
  ])
})

it('times have up to nine digits, and a zone', () => {
  expect(nanosOf('2026-11-23T09:11:28.153001783+00:00')).toBe(nanosOf('2026-11-23T10:11:28.153001783+01:00'))
  expect(nanosOf('1970-01-01T00:00:01Z')).toBe(1_000_000_000n)
  expect(nanosOf('1970-01-01T00:00:00.5Z')).toBe(500_000_000n)
})

it('a line may come in many small pieces, and in empty ones', () => {
  const parts = Array.from({ length: 2_000 }, (_, n) => frame('stdout', at(1), n % 2 === 0 ? 'ab' : ''))
  const line = [...parts, frame('stdout', at(2), '\n')]
  expect(read(line, { maxLine: 5_000 })).toEqual([`stdout ${'ab'.repeat(1_000)} 1`])
  expect(read(line, { maxLine: 5 })).toEqual(['stdout ababa…2000 1'])
})
