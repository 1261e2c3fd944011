import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Event } from '../../../../src/event/event.js'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'
import { finished } from '../../../../src/incremental/steps.js'
import { isNotification, readNotification } from '../../../../src/protocols/netconf/codec/notification.js'
import { readXml } from '../../../../src/protocols/netconf/codec/xml.js'
import {
  changeText,
  eventText,
  missingText,
  standardNotification,
  xmlValue,
} from '../../../../src/protocols/netconf/server/notification.js'

const TIME = 1_795_780_800_000_000
const eventOf = (tag: string, data: unknown, source = 'host/web1') =>
  new Event(encodeFrame({ tag, source, body: encode(data), seq: 7, time: TIME }), 0)
const xml = (text: string) => finished(readXml(Buffer.from(text)))

it('an event is a notification with its time and its XML view', () => {
  const data = { load: 0.5, disk: [{ name: 'a<b' }, { name: '' }], 'free space': null }
  expect(eventText(eventOf('host/web1/load', data), 'host.load')).toBe(
    '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-11-27T12:00:00.000000Z</eventTime><host.load xmlns="urn:tocsin:events" tag="host/web1/load" source="host/web1" time="2026-11-27T12:00:00.000000Z"><load>0.5</load><disk><name>a&lt;b</name></disk><disk><name/></disk><free_x0020_space/></host.load></notification>',
  )
})

it('a notification of RFC 6470 goes out as it is defined', () => {
  const content = { username: 'ann', 'session-id': 4, server: [null] }
  const data = { notification: 'ietf-netconf-notifications:netconf-session-start', content }
  expect(eventText(eventOf('netconf/hub/netconf-session-start', data), 'netconf.session_start')).toBe(
    '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-11-27T12:00:00.000000Z</eventTime><netconf-session-start xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"><username>ann</username><session-id>4</session-id><server/></netconf-session-start></notification>',
  )
})

it.each([
  ['elsewhere/x', { notification: 'ietf-netconf-notifications:a', content: {} }],
  ['netconf/r1/x', { notification: 'other:a', content: {} }],
  ['netconf/r1/x', { content: {} }],
  ['netconf/r1/x', 'text'],
])('%s with %j is an event like others', (tag, data) => {
  expect(standardNotification(eventOf(tag, data))).toBeUndefined()
})

it('what concerns the subscription itself has its own elements', () => {
  expect(missingText(4, 9, 'expired')).toBe(
    '<missing-events xmlns="urn:tocsin:events"><from>4</from><to>9</to><reason>expired</reason></missing-events>',
  )
  expect(changeText('replay-completed', 22)).toBe(
    '<replay-completed xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><id>22</id></replay-completed>',
  )
})

it('every event is XML that a client reads, with the text that XML can have', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.string({ unit: 'binary', minLength: 1 }), (data, tag) => {
      const clean = `t${tag.replaceAll(/[\p{Cc}\p{Cs}]/gu, '')}`
      const message = xml(eventText(eventOf(clean, data), 'some.type'))
      expect(isNotification(message)).toBe(true)
      expect(finished(readNotification(message, new Map())).eventTime).toBe('2026-11-27T12:00:00.000000Z')
      expect(message.children[1].attributes).toContainEqual({ name: 'tag', namespace: '', value: clean })
    }),
  )
})

it('text comes back as it was, without the characters that XML has none for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const kept = text.replace(
        /[^\t\n\r\u0020-\u{10FFFF}]|[\u007f-\u009f]|\p{Cs}|[\uFFFE\uFFFF]/gu,
        '\uFFFD',
      )
      expect(xml(`<a b="${xmlValue(text)}">${xmlValue(text)}</a>`)).toMatchObject({
        text: kept,
        attributes: [{ value: kept }],
      })
    }),
  )
})
