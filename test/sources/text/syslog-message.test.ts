import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utcZone } from '../../../src/event/zone.js'
import { parseSyslog } from '../../../src/sources/text/syslog-message.js'

const now = Date.parse('2026-11-21T03:00:00Z') * 1000
const parse = (text: string) => parseSyslog(text, { now, zone: utcZone })
const micros = (text: string) => Date.parse(text) * 1000

describe('the examples of RFC 5424', () => {
  it.each([
    [
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick on /dev/pts/8",
      {
        facility: 'auth',
        severity: 'crit',
        time: micros('2003-10-11T22:14:15.003Z'),
        host: 'mymachine.example.com',
        app: 'su',
        msgid: 'ID47',
        message: "'su root' failed for lonvick on /dev/pts/8",
      },
    ],
    [
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
      {
        facility: 'local4',
        severity: 'notice',
        time: micros('2003-08-24T12:14:15Z') + 3,
        host: '192.0.2.1',
        app: 'myproc',
        pid: '8710',
        message: "%% It's time to make the do-nuts.",
      },
    ],
    [
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] \uFEFFAn application event log entry...',
      {
        facility: 'local4',
        severity: 'notice',
        time: micros('2003-10-11T22:14:15.003Z'),
        host: 'mymachine.example.com',
        app: 'evntslog',
        msgid: 'ID47',
        structured: { 'exampleSDID@32473': { iut: '3', eventSource: 'Application', eventID: '1011' } },
        message: 'An application event log entry...',
      },
    ],
    [
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]',
      {
        facility: 'local4',
        severity: 'notice',
        time: micros('2003-10-11T22:14:15.003Z'),
        host: 'mymachine.example.com',
        app: 'evntslog',
        msgid: 'ID47',
        structured: {
          'exampleSDID@32473': { iut: '3', eventSource: 'Application', eventID: '1011' },
          'examplePriority@32473': { class: 'high' },
        },
        message: '',
      },
    ],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual({ format: 'rfc5424', ...expected })
  })
})

describe('the examples of RFC 3164, and what programs and devices send', () => {
  it.each([
    [
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
      {
        facility: 'auth',
        severity: 'crit',
        time: '2026-10-11T22:14:15Z',
        host: 'mymachine',
        app: 'su',
        message: "'su root' failed for lonvick on /dev/pts/8",
      },
    ],
    [
      '<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!',
      {
        facility: 'user',
        severity: 'notice',
        time: '2026-02-05T17:32:18Z',
        host: '10.0.0.99',
        message: 'Use the BFG!',
      },
    ],
    [
      '<13>Nov 21 02:54:26 vm demo[432]: text',
      {
        facility: 'user',
        severity: 'notice',
        time: '2026-11-21T02:54:26Z',
        host: 'vm',
        app: 'demo',
        pid: '432',
        message: 'text',
      },
    ],
    [
      '<13>Nov 21 02:54:26 demo[432]: text',
      {
        facility: 'user',
        severity: 'notice',
        time: '2026-11-21T02:54:26Z',
        app: 'demo',
        pid: '432',
        message: 'text',
      },
    ],
    [
      '<30>2026-11-21T02:54:26.5+01:00 vm systemd[1]: Started x',
      {
        facility: 'daemon',
        severity: 'info',
        time: '2026-11-21T01:54:26.5Z',
        host: 'vm',
        app: 'systemd',
        pid: '1',
        message: 'Started x',
      },
    ],
    [
      '<189>123: *Nov 21 02:54:26.123: %SYS-5-CONFIG_I: Configured',
      {
        facility: 'local7',
        severity: 'notice',
        time: '2026-11-21T02:54:26.123Z',
        app: 'SYS-5-CONFIG_I',
        message: 'Configured',
      },
    ],
    [
      '<13>Nov 21 02:54:26 2001:db8::1 demo: x',
      {
        facility: 'user',
        severity: 'notice',
        time: '2026-11-21T02:54:26Z',
        host: '2001:db8::1',
        app: 'demo',
        message: 'x',
      },
    ],
    ['<0>just text: here', { facility: 'kern', severity: 'emerg', message: 'just text: here' }],
  ] as [string, Record<string, unknown> & { time?: string }][])('%s', (text, { time, ...expected }) => {
    const wanted = time === undefined ? {} : { time: micros(time) }
    expect(parse(text)).toEqual({ format: 'rfc3164', ...expected, ...wanted })
  })
})

describe('structured data', () => {
  const structured = (text: string) => parse(`<13>1 - - - - - ${text}`)
  const elements = (count: number) => Array.from({ length: count }, (_, nth) => `[e${nth}]`).join('')
  const parameters = (count: number) =>
    `[a ${Array.from({ length: count }, (_, nth) => `p${nth}="v"`).join(' ')}]`

  it('has at most 1,000 elements and parameters', () => {
    for (const text of [elements(1000), parameters(999)])
      expect(structured(`${text} m`)).toMatchObject({ message: 'm', structured: expect.anything() })
    for (const text of [elements(1001), parameters(1000), parameters(1002)]) {
      const malformed = 'its structured data cannot be read'
      expect(structured(`${text} m`)).toMatchObject({ message: `${text} m`, malformed })
    }
  })

  it('has escapes and repeated parameters as the RFC says', () => {
    expect(structured('[a x="\\"\\\\\\]\\n" ip="1" ip="2" ip="3"] m')).toMatchObject({
      structured: { a: { x: '"\\]\\n', ip: ['1', '2', '3'] } },
      message: 'm',
    })
  })

  it.each(['[a x=1]', '[a x="1"', '[]', '[a b]', 'x', '[a x="1"]b'])(
    'that is %s is kept as text, with a mark',
    (text) => {
      const { message, malformed } = structured(`${text} m`)
      expect(message).toBe(`${text} m`)
      expect(malformed).toBe('its structured data cannot be read')
    },
  )
})

it.each([
  ['no priority at all', 'it has no priority'],
  ['<192>1 - - - - - - x', 'its priority is 192'],
  ['<13>2 - - - - - - x', 'its version is 2'],
  ['<13>1 - -', 'its header is incomplete'],
  ['<13>1 yesterday - - - - - x', 'its time cannot be read'],
])('%s is kept as text, with the reason', (text, malformed) => {
  const read = parse(text)
  expect(read.malformed).toBe(malformed)
  expect(text.endsWith(read.message)).toBe(true)
})

it('no text is an error, and the end of each is kept', () => {
  const part = fc.constantFrom(
    '<13>',
    '1 ',
    '- ',
    '[a ',
    'b="c"',
    ']',
    ' ',
    'Nov 21 02:54:26 ',
    'vm ',
    'x[1]: ',
    '\\',
    '"',
    '\n',
    '💥',
    '2026-11-21T02:54:26Z ',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = `${parts.join('')}END`
      expect(JSON.stringify(parse(text))).toContain('END')
    }),
    { numRuns: 300 },
  )
})

it.each([
  [`<13>1 - - - - - [a b="${'\\'.repeat(60_000)}`],
  [`<13>1 - - - - - ${'[a '.repeat(20_000)}`],
  [`<13>${'1: '.repeat(20_000)}`],
  [`<13>Nov 21 02:54:26 ${'::'.repeat(30_000)}`],
])('a hostile message is read in one pass: %#', (text) => {
  expect(parse(text).format).toBeDefined()
})
