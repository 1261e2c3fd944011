import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { checkFrame, WIDEST_LIMITS } from '../../../src/event/check.js'
import { encode, encodeFrame } from '../../../src/event/index.js'
import { parseStrictJson } from '../../../src/event/json/strict.js'
import { tagSegment } from '../../../src/event/tag.js'
import { readJsonObjects } from '../../../src/incremental/read-json.js'
import { finished } from '../../../src/incremental/steps.js'
import { standardModules } from '../../../src/protocols/netconf/codec/namespaces.js'
import {
  type NetconfNotification,
  readNotification,
} from '../../../src/protocols/netconf/codec/notification.js'
import {
  subscriptionChange,
  subscriptionChangeInJson,
} from '../../../src/protocols/netconf/codec/subscription-change.js'
import { readXml } from '../../../src/protocols/netconf/codec/xml.js'
import { EventStreamReader } from '../../../src/protocols/restconf/codec/event-stream.js'
import { heightOf, readJsonNotification } from '../../../src/protocols/restconf/codec/json-notification.js'
import {
  type Encoding,
  readJsonStreams,
  readXmlStreams,
} from '../../../src/protocols/restconf/codec/streams.js'
import { dataOfNotification } from '../../../src/sources/notifications/event-data.js'
import type { Random } from '../mutations.js'
import { fuzz } from '../target.js'

/** The answers and the streams of a server of RESTCONF. */

const LONGEST = 2048
const HIGHEST = 500
const RANDOM = { random: (count: number) => new Uint8Array(count).fill(7) }

const time = '2026-11-27T02:54:26.123456789+01:00'
const jsonNotifications = [
  `{"ietf-restconf:notification":{"eventTime":"${time}","example-mod:event":{"class":"fault","a":[{"b":[null]},1.5]}}}`,
  `{"ietf-restconf:notification":{"eventTime":"${time}","ietf-subscribed-notifications:replay-completed":{"id":3}}}`,
  `{"notification":{"eventTime":"${time}","nc-notifications:replayComplete":{}}}`,
]
const xmlNotifications = [
  `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>${time}</eventTime><event xmlns="urn:a"><class>fault</class><b/></event></notification>`,
  `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>${time}</eventTime><replayComplete xmlns="urn:ietf:params:xml:ns:netmod:notification"/></notification>`,
]
const jsonLists = [
  `{"ietf-restconf-monitoring:streams":{"stream":[{"name":"NETCONF","replay-support":true,"replay-log-creation-time":"${time}","access":[{"encoding":"xml","location":"https://a/streams/NETCONF"},{"encoding":"json","location":"/s"}]}]}}`,
]
const xmlLists = [
  `<streams xmlns="urn:ietf:params:xml:ns:yang:ietf-restconf-monitoring"><stream><name>NETCONF</name><replay-support>true</replay-support><replay-log-creation-time>${time}</replay-log-creation-time><access><encoding>xml</encoding><location>https://a/s</location></access></stream></streams>`,
]

const readJsonList = (input: Uint8Array) => readJsonStreams(parseStrictJson(Buffer.from(input).toString()))
const readXmlList = (input: Uint8Array) => readXmlStreams(finished(readXml(Buffer.from(input))))

/** An input is read, or refused with a code. */
function foreseen(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!isForeseen(error)) throw error
  }
}

function isForeseen(error: unknown): boolean {
  return error instanceof SyntaxError || (TocsinError.is(error) && error.code in catalogue)
}

fuzz({ name: 'restconf-lists-json', seeds: jsonLists, run: (input) => foreseen(() => readJsonList(input)) })
fuzz({ name: 'restconf-lists-xml', seeds: xmlLists, run: (input) => foreseen(() => readXmlList(input)) })

const readers: Record<Encoding, (bytes: Buffer) => void> = {
  json(bytes) {
    const notification = readJsonNotification(finished(readJsonObjects(bytes, RANDOM)))
    if (subscriptionChangeInJson(notification.qualifiedName) !== undefined) return
    publishable(notification, heightOf(notification.content, HIGHEST), bytes)
  },
  xml(bytes) {
    const message = finished(readXml(bytes))
    if (subscriptionChange(message) !== undefined) return
    publishable(finished(readNotification(message, standardModules)), message.height, bytes)
  },
}

/** Of each notification, an event comes that can be published. */
function publishable(notification: NetconfNotification, height: number, bytes: Buffer): void {
  const data = dataOfNotification(notification, { height, bytes, raw: false, largestFrame: 1 << 20 })
  const tag = `restconf/r1/${tagSegment(notification.name)}`
  const frame = encodeFrame({ tag, source: 'fuzz', body: encode(data) })
  const fault = checkFrame(frame, 0, frame.length, WIDEST_LIMITS)
  if (fault !== undefined) throw new Error(fault)
}

/** The bytes come in pieces of any length. */
function readStream(input: Uint8Array, random: Random, encoding: Encoding): void {
  const reader = new EventStreamReader(LONGEST)
  for (let at = 0; at < input.length; ) {
    const end = Math.min(input.length, at + 1 + random(input.length))
    reader.feed(input.subarray(at, end))
    for (let message = reader.next(); message !== undefined; message = reader.next()) {
      const { bytes, isTooLong } = message
      if (bytes.length > LONGEST) throw new Error('a message is too long')
      if (!isTooLong) foreseen(() => readers[encoding](bytes))
    }
    if (reader.held > 2 * LONGEST + 64) throw new Error('it keeps too much')
    at = end
  }
}

const streams: Record<Encoding, readonly string[]> = { json: jsonNotifications, xml: xmlNotifications }
for (const encoding of ['json', 'xml'] as const) {
  fuzz({
    name: `restconf-stream-${encoding}`,
    seeds: [
      `: hello\r\n${streams[encoding].map((text) => `data: ${text}\r\n\r\n`).join('')}`,
      ...streams[encoding].map((text) => `event: x\rid: 1\rdata:${text.replaceAll('>', '>\rdata:')}\r\r`),
    ],
    run: (input, random) => readStream(input, random, encoding),
  })
}
