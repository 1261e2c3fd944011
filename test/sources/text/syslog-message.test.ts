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

describe('the messages with which rsyslog, Vector and go-syslog test their own readers', () => {
  const march = '2026-03-07T19:06:53Z'
  const february = '2026-02-18T16:01:59Z'
  const pri = { facility: 'local4', severity: 'debug' }
  it.each([
    [
      '<167> Mar  7 19:06:53 example tag: testmessage',
      { ...pri, time: march, host: 'example', app: 'tag', message: 'testmessage' },
    ],
    [
      '<167>Mar 7 2008 19:06:53: example tag: testmessage',
      { ...pri, time: '2008-03-07T19:06:53Z', host: 'example', app: 'tag', message: 'testmessage' },
    ],
    [
      '<54> 1970-01-01T00:01:31+00:00 host app: text',
      {
        facility: 'lpr',
        severity: 'info',
        time: '1970-01-01T00:01:31Z',
        host: 'host',
        app: 'app',
        message: 'text',
      },
    ],
    [
      '<34>OCT 11 22:14:15 mymachine app[323]: a message',
      {
        facility: 'auth',
        severity: 'crit',
        time: '2026-10-11T22:14:15Z',
        host: 'mymachine',
        app: 'app',
        pid: '323',
        message: 'a message',
      },
    ],
    [
      '<167>AUG 10 22:18:24 host tag This msg contains 8-bit European chars: äöü',
      {
        ...pri,
        time: '2026-08-10T22:18:24Z',
        host: 'host',
        message: 'tag This msg contains 8-bit European chars: äöü',
      },
    ],
    [
      '<6>AUG 10 22:18:24 2009  netips-warden2-p [audit] user=[*SMS] src=192.168.11.11',
      {
        facility: 'kern',
        severity: 'info',
        time: '2009-08-10T22:18:24Z',
        host: 'netips-warden2-p',
        message: '[audit] user=[*SMS] src=192.168.11.11',
      },
    ],
    [
      '<167>Mar  7 19:06:53 vm app[999] text',
      { ...pri, time: march, host: 'vm', app: 'app', pid: '999', message: 'text' },
    ],
    [
      '<167>Mar  7 19:06:53 vm app[999]:text',
      { ...pri, time: march, host: 'vm', app: 'app', pid: '999', message: 'text' },
    ],
    ['<167>Mar  7 19:06:53 app[999] text', { ...pri, time: march, app: 'app', pid: '999', message: 'text' }],
    [
      '<167>Mar  7 19:06:53 vm app[999]',
      { ...pri, time: march, host: 'vm', app: 'app', pid: '999', message: '' },
    ],
    [
      '<167>Mar  7 19:06:53 vm app[999]more: text',
      { ...pri, time: march, host: 'vm', message: 'app[999]more: text' },
    ],
    [
      '<167>Mar 27 19:06:53 source_server sshd(pam_unix)[12750]: session opened',
      {
        ...pri,
        time: '2026-03-27T19:06:53Z',
        host: 'source_server',
        app: 'sshd(pam_unix)',
        pid: '12750',
        message: 'session opened',
      },
    ],
    ['Feb 18 16:01:59 serverX -- MARK --', { time: february, host: 'serverX', message: '-- MARK --' }],
    [
      'Feb 18 16:01:59 vm app[9]: text',
      { time: february, host: 'vm', app: 'app', pid: '9', message: 'text' },
    ],
    ['<167>array[0] is empty', { ...pri, message: 'array[0] is empty' }],
    ['<167> no time', { ...pri, message: ' no time' }],
  ] as [string, Record<string, unknown> & { time?: string }][])('%s', (text, { time, ...expected }) => {
    const wanted = time === undefined ? {} : { time: micros(time) }
    expect(parse(text)).toEqual({ format: 'rfc3164', ...expected, ...wanted })
  })
})

it.each([
  ['<13>1 - - - - - -  indented', ' indented'],
  ['<13>1 - - - - - [a]    indented', '   indented'],
  ['<13>1 - - - - - - \uFEFF marked', ' marked'],
  ['<13>1 - - - - - - \ttabbed', '\ttabbed'],
  ['<13>1 - - - - - - ', ''],
  ['<13>1 - - - - - -', ''],
])('only the one blank before the text is left out of %j', (text, message) => {
  expect(parse(text)).toMatchObject({ format: 'rfc5424', message })
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
  ['1 2003-10-11T22:14:15.003Z vm su - ID47 - x', 'it has no priority'],
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
