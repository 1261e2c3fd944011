import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RelpFramer, relpFrame } from '../../../../src/sources/syslog/relp/framer.js'

/** The frames of a stream that arrives in pieces. */
function split(pieces: readonly Buffer[], maxData = 1024): string[] {
  const framer = new RelpFramer(maxData)
  const found: string[] = []
  for (const piece of pieces) {
    framer.feed(Buffer.from(piece))
    for (let frame = framer.next(); frame !== undefined; frame = framer.next())
      found.push(typeof frame === 'string' ? frame : shown(frame))
  }
  expect(framer.rest()).toBeUndefined()
  return found
}

function shown(frame: { transaction: number; command: string; bytes: Buffer; length: number }): string {
  const cut = frame.length > frame.bytes.length ? `…${frame.length}` : ''
  return `${frame.transaction} ${frame.command} ${frame.bytes}${cut}`
}

const text = (stream: string) => [Buffer.from(stream)]

it('a frame is a transaction, a command, a length and data', () => {
  expect(split(text('1 open 14 relp_version=0\n2 syslog 6 <13>ü\n3 close 0\n'))).toEqual([
    '1 open relp_version=0',
    '2 syslog <13>ü',
    '3 close ',
  ])
})

it('frames are written with the length in bytes, and without a blank where there are no data', () => {
  expect(relpFrame(7, 'rsp', '200 ü')).toBe('7 rsp 6 200 ü\n')
  expect(relpFrame(0, 'serverclose')).toBe('0 serverclose 0\n')
})

it.each([
  '<13>plain syslog\n',
  '1234567890 open 0\n',
  '1 op3n 0\n',
  '1 open 0 x\n',
  '1 open 3\n',
  '1 open 3 abcd\n',
  '1  open 0\n',
  `1 ${'a'.repeat(33)} 0\n`,
  'GET / HTTP/1.1\r\n',
])('%j ends the session, whatever follows', (stream) => {
  const found = split([Buffer.from(stream), Buffer.from('1 open 0\n')])
  expect(found.at(-1)).toBe('fault')
})

it('data that are too long are cut, and the next frame is whole', () => {
  expect(split(text(`1 syslog 50 ${'x'.repeat(50)}\n2 syslog 3 abc\n`), 8)).toEqual([
    '1 syslog xxxxxxxx…50',
    '2 syslog abc',
  ])
})

it('frames are the same in whatever pieces they arrive', () => {
  const data = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '\n', '1', '\0', '😀'), maxLength: 40 })
  const frame = fc.record({
    transaction: fc.nat(999_999_999),
    command: fc.constantFrom('open', 'syslog', 'close', 'X'),
    data,
  })
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 30 })),
      (given, sizes) => {
        const stream = Buffer.from(
          given.map(({ transaction, command, data }) => relpFrame(transaction, command, data)).join(''),
        )
        const pieces: Buffer[] = []
        let at = 0
        for (const size of sizes) {
          pieces.push(stream.subarray(at, at + size))
          at += size
        }
        pieces.push(stream.subarray(at))
        const wanted = given.map(({ transaction, command, data }) => `${transaction} ${command} ${data}`)
        expect(split(pieces)).toEqual(wanted)
      },
    ),
  )
})
