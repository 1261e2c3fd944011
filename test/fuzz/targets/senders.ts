import type { z } from 'zod'
import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { checkFrame, WIDEST_LIMITS } from '../../../src/event/check.js'
import { encode, encodeFrame } from '../../../src/event/index.js'
import { tagSegment } from '../../../src/event/tag.js'
import { utcZone } from '../../../src/event/zone.js'
import { requestTypes } from '../../../src/protocols/otlp/messages.js'
import { writeMessage } from '../../../src/protocols/protobuf/write-message.js'
import { BmpFramer } from '../../../src/sources/bmp/framer.js'
import { readBmpMessage } from '../../../src/sources/bmp/message.js'
import { eventsOf } from '../../../src/sources/otlp/events.js'
import { jsonItems } from '../../../src/sources/otlp/json-items.js'
import { protobufItems } from '../../../src/sources/otlp/protobuf-items.js'
import { Credentials } from '../../../src/sources/snmp/credentials.js'
import { SnmpDecoder } from '../../../src/sources/snmp/decoder.js'
import { type Header, readHeader } from '../../../src/sources/snmp/header.js'
import { ObjectNames } from '../../../src/sources/snmp/names.js'
import { notificationOf } from '../../../src/sources/snmp/notification.js'
import type { SourceContext } from '../../../src/sources/source.js'
import { SyslogFramer } from '../../../src/sources/syslog/framer.js'
import { SyslogMessages } from '../../../src/sources/syslog/messages.js'
import { RelpFramer } from '../../../src/sources/syslog/relp/framer.js'
import { parseConfig } from '../../../src/sources/text/config.js'
import { parseSyslog } from '../../../src/sources/text/syslog-message.js'
import { TextParser } from '../../../src/sources/text/text-parser.js'
import { alertEvents } from '../../../src/sources/webhook/alerts.js'
import { cloudEvents } from '../../../src/sources/webhook/cloudevents.js'
import { githubEvents } from '../../../src/sources/webhook/github.js'
import { type Payload, payloadOf } from '../../../src/sources/webhook/payload.js'
import { webhook } from '../listeners/http-talk.js'
import { bmp, snmp, syslogRelp, syslogTcp, syslogUdp } from '../listeners/sender-talk.js'
import type { Talk } from '../listeners/talk.js'
import { pick, type Random, randomFrom } from '../mutations.js'
import { fuzz } from '../target.js'

/** Messages of senders that need no answer: of each, an event comes that can be published, or nothing. */

export function publishable(path: string, data: unknown): void {
  const frame = encodeFrame({ tag: `fuzz/${path}`, source: 'fuzz', body: encode(data) })
  const fault = checkFrame(frame, 0, frame.length, WIDEST_LIMITS)
  if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify(path)}`)
}

const pieces = (talk: Talk) => Array.from({ length: 100 }, (_, seed) => talk(randomFrom(seed))).flat()
const changedOf = (talk: Talk) => (random: Random) => pick(talk(random), random).changed(random)

const secrets = { communities: ['public'], users: [{ name: 'plain' }] }
const decoder = await SnmpDecoder.create(secrets, '80001f8804fuzz')
const credentials = new Credentials(secrets)
const names = new ObjectNames({})

fuzz({
  name: 'snmp',
  seeds: pieces(snmp).map(({ bytes }) => bytes),
  make: changedOf(snmp),
  run(input) {
    const bytes = Buffer.from(input)
    const header = refusedAs(() => readHeader(bytes))
    if (header === undefined || credentials.refusal(header as Header, bytes) !== undefined) return
    const { pdu } = refusedAs(() => decoder.decode(bytes)) ?? {}
    if (pdu === undefined) return
    const received = {
      pdu,
      isInform: decoder.isInform(pdu),
      header: header as Header,
      peer: '127.0.0.1',
      port: 1,
    }
    const data = notificationOf(received, names)
    publishable(tagSegment(data.trap), data)
  },
})

/** The source counts a message as malformed where these throw. */
function refusedAs<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

const messages = new SyslogMessages({ zone: 'UTC', parse: undefined })
messages.start({
  runtime: { now: () => 1e15 },
  attempt: (take: () => boolean) => take(),
  publish: (path: string, data: unknown) => {
    publishable(path, data)
    return true
  },
  offer: () => 'taken',
} as unknown as SourceContext)

fuzz({
  name: 'syslog',
  seeds: pieces(syslogUdp).map(({ bytes }) => bytes),
  run(input) {
    const bytes = Buffer.from(input)
    messages.publish({ bytes, length: bytes.length }, { transport: 'udp', peer: '127.0.0.1' })
  },
})

fuzz({
  name: 'syslog-stream',
  seeds: pieces(syslogTcp).map(({ bytes }) => bytes),
  run(input, random) {
    const framer = new SyslogFramer(512)
    for (let at = 0; at < input.length; ) {
      const end = Math.min(input.length, at + 1 + random(input.length))
      framer.feed(Buffer.from(input.subarray(at, end)))
      for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
        if (frame.bytes.length > 512 || frame.length < frame.bytes.length)
          throw new Error('a frame is too long')
        messages.publish(frame, { transport: 'tcp' })
      }
      if (framer.held > 3 * 512 + input.length) throw new Error('it keeps too much')
      at = end
    }
  },
})

fuzz({
  name: 'bmp',
  seeds: [Buffer.concat(pieces(bmp).map(({ bytes }) => bytes))],
  run(input, random) {
    const framer = new BmpFramer()
    for (let at = 0; at < input.length; ) {
      const end = Math.min(input.length, at + 1 + random(input.length))
      framer.feed(Buffer.from(input.subarray(at, end)))
      for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
        if (frame === 'fault') continue
        const { type, body } = frame
        const message = within(() => readBmpMessage(type, body))
        if (message !== undefined && 'peer' in message)
          publishable(`bmp/${tagSegment(message.peer)}`, message)
      }
      if (framer.held > input.length) throw new Error('it keeps too much')
      at = end
    }
  },
})

/** A message that is too short is left out. */
function within<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

fuzz({
  name: 'syslog-relp',
  seeds: pieces(syslogRelp).map(({ bytes }) => bytes),
  run(input, random) {
    const framer = new RelpFramer(512)
    for (let at = 0; at < input.length; ) {
      const end = Math.min(input.length, at + 1 + random(input.length))
      framer.feed(Buffer.from(input.subarray(at, end)))
      for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
        if (frame === 'fault') continue
        if (frame.bytes.length > 512 || frame.length < frame.bytes.length)
          throw new Error('a frame is too long')
        messages.publish(frame, { transport: 'relp' })
      }
      if (framer.held > 3 * 512 + input.length) throw new Error('it keeps too much')
      at = end
    }
  },
})

const types = { a: 'int', b: 'number', c: 'bool', d: 'time', fields: 'text' } as const
const waysToParse: z.input<typeof parseConfig>[] = [
  ...(['json', 'logfmt', 'access', 'syslog', 'keyvalue', 'cef', 'cri', 'docker'] as const),
  { pattern: '^(?<time>\\S+) (?<level>\\w+) (?<message>.*)$' },
  { as: 'csv', columns: ['a', 'b', 'c'], types },
  { as: 'csv', columns: ['d', 'message'], separator: ';', quote: '\'"', types },
  { as: 'keyvalue', separator: '|', equals: ': ', types },
  [{ as: 'json', program: 's*' }, { as: 'keyvalue', program: ['sshd', 'web?'], types }, 'cef', 'syslog'],
  ['cri', 'docker', 'json', { as: 'keyvalue', program: 'web?' }],
]
const parsers = waysToParse.map((way) => new TextParser(parseConfig.parse(way)))
const csv = new TextParser(parseConfig.parse({ as: 'csv', header: true }))

fuzz({
  name: 'lines',
  seeds: [
    '{"time":"2026-11-20T10:00:00Z","level":"error","msg":"a","nested":{"a":[1,null]}}',
    'time=2026-11-20T10:00:00Z level=warn msg="a \\"b\\"" a=1',
    '10.0.0.1 - frank [10/Oct/2026:13:55:36 -0700] "GET /a?b HTTP/1.1" 404 2326 "-" "curl"',
    'Nov 20 10:00:00 web1 sshd[42]: Failed password for root',
    '2026-11-20T10:00:00Z INFO started',
    '"1","say ""hi""",true\na,b,c',
    "2026-11-20T10:00:00Z;'a;b'",
    'a: 1|b: "2 | 3"|c: yes',
    'Nov 20 10:00:00 web1 sshd[42]: login failed user=root addr=10.0.0.1 d=1763693666',
    'Nov 20 10:00:00 web1 sshd[42]: {"a":"7","host":"b"}',
    'CEF:0|Security|threatmanager|1.0|100|worm \\| stopped|10|src=10.0.0.1 msg=a \\= b rt=1763693666000',
    '<13>Nov 20 10:00:00 web1 CEF:0|a|b|c|d|e|High|act=x name=y',
  ],
  run(input) {
    const line = new TextDecoder().decode(input)
    const [first, ...others] = line.split('\n')
    csv.parse(first, 1e15, { place: { stream: 'a', isFirst: true } })
    for (const other of others)
      publishable('line', csv.parse(other, 1e15, { place: { stream: 'a', isFirst: false } }) ?? {})
    for (const parser of parsers) publishable('line', { line, ...parser.parse(line, 1e15, {}) })
    parseSyslog(line, { now: 1e15, zone: utcZone })
  },
})

const reading = { runtime: { random: (length: number) => new Uint8Array(length) }, asObjects: true }
const presets = {
  alerts: (payload: Payload) => alertEvents('alertmanager', payload, reading),
  cloudevents: (payload: Payload) =>
    cloudEvents({}, { ...payload, contentType: 'application/cloudevents+json' }, reading),
  github: (payload: Payload) =>
    githubEvents({ 'x-github-event': 'workflow_run', 'x-github-delivery': 'd' }, payload, reading),
}

for (const [name, eventsOf] of Object.entries(presets)) {
  fuzz({
    name: `webhook-${name}`,
    seeds: bodies(pieces(webhook).map(({ bytes }) => bytes)),
    make: (random) => bodyOf(changedOf(webhook)(random)),
    run(input) {
      try {
        const made = finished(eventsOf(payloadOf({ 'content-type': 'application/json' }, Buffer.from(input))))
        for (const { path, data } of made.events) publishable(path, data)
      } catch (error) {
        const isForeseen =
          TocsinError.is(error) && error.code in catalogue && error.code.startsWith('TCN_HTTP_')
        if (!isForeseen) throw error
      }
    },
  })
}

const requests = {
  protobuf: (body: Buffer) => protobufItems('traces', body),
  json: (body: Buffer) => jsonItems('logs', body, reading.runtime),
}
const record = { body: { stringValue: 'a' }, attributes: [{ key: 'b', value: { intValue: '7' } }] }
const span = {
  name: 'a',
  events: [{ name: 'b' }],
  links: [{ spanId: '00f067aa0ba902b7' }],
  status: { code: 2 },
}

for (const [form, itemsOf] of Object.entries(requests)) {
  fuzz({
    name: `otlp-items-${form}`,
    seeds: [
      form === 'json'
        ? JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record, record] }] }] })
        : writeMessage({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }, requestTypes.traces.request),
    ],
    run(input) {
      try {
        for (const item of itemsOf(Buffer.from(input)))
          if (item !== undefined && !TocsinError.is(item))
            for (const kind of ['logs', 'traces'] as const)
              for (const { path, data } of eventsOf(kind, item)) publishable(path, data)
      } catch (error) {
        if (!(TocsinError.is(error) && error.code in catalogue && error.code.startsWith('TCN_HTTP_')))
          throw error
      }
    },
  })
}

function finished<Result>(steps: Generator<undefined, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

function bodyOf(request: Uint8Array): Uint8Array {
  const bytes = Buffer.from(request)
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? bytes : bytes.subarray(end + 4)
}

function bodies(requests: Uint8Array[]): Uint8Array[] {
  return requests.map(bodyOf).filter(({ length }) => length > 0)
}
