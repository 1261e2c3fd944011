import { expect, it } from 'vitest'
import { parseTime } from '../../../../src/event/position.js'
import { finished } from '../../../../src/incremental/steps.js'
import { childOf, readXml } from '../../../../src/protocols/netconf/codec/xml.js'
import {
  readCreate,
  readEstablish,
  readModify,
  readNumber,
} from '../../../../src/protocols/netconf/server/subscription-request.js'
import { rfcMessages } from '../rfc-messages.js'

const NOW = parseTime('2026-11-27T12:00:00Z') ?? 0
const at = (text: string) => parseTime(text)
const xml = (text: string) => finished(readXml(Buffer.from(text)))

const create = (content: string) =>
  readCreate(
    xml(
      `<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">${content}</create-subscription>`,
    ),
    NOW,
  )
const SUBSCRIBED = 'urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications'
const establish = (content: string) =>
  readEstablish(xml(`<establish-subscription xmlns="${SUBSCRIBED}">${content}</establish-subscription>`), NOW)
const modify = (content: string) =>
  readModify(xml(`<modify-subscription xmlns="${SUBSCRIBED}">${content}</modify-subscription>`), NOW)

it('create-subscription asks for a stream from a time to a time, with a filter', () => {
  expect(create('')).toEqual({ stream: 'NETCONF' })
  expect(
    create(
      '<stream>alarms</stream><filter type="xpath" select="/e:a[e:b=1]" xmlns:e="urn:tocsin:events"/><startTime>2026-11-27T10:00:00Z</startTime><stopTime>2026-11-27T11:00:00+00:00</stopTime>',
    ),
  ).toEqual({
    stream: 'alarms',
    xpath: '/e:a[e:b=1]',
    start: at('2026-11-27T10:00:00Z'),
    stop: at('2026-11-27T11:00:00Z'),
  })
  expect(create('<filter><a/></filter>')).toMatchObject({ xpath: '/a' })
})

it.each([
  ['<stopTime>2026-11-28T10:00:00Z</stopTime>', 'missing-element'],
  ['<startTime>2026-11-28T10:00:00Z</startTime>', 'bad-element'],
  ['<startTime>yesterday</startTime>', 'bad-element'],
  ['<startTime>2026-11-27T10:00:00Z</startTime><stopTime>2026-11-27T10:00:00Z</stopTime>', 'bad-element'],
  ['<filter type="xpath"/>', 'missing-attribute'],
  ['<filter type="regex"/>', 'invalid-value'],
  ['<streams/>', 'unknown-element'],
  ['<stream xmlns="urn:other">a</stream>', 'unknown-element'],
])('create-subscription with %s is refused', (content, tag) => {
  expect(() => create(content)).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ tag }) }),
  )
})

it('establish-subscription is read as RFC 8640 writes it', () => {
  const operation = childOf(xml(rfcMessages.establishStream), 'establish-subscription')
  if (operation === undefined) throw new Error('there is no operation')
  expect(readEstablish(operation, NOW)).toEqual({ stream: 'NETCONF', xpath: '/ex:foo' })
  expect(
    establish(
      '<stream>a</stream><encoding xmlns:sn="urn:x">sn:encode-xml</encoding><replay-start-time>2026-11-27T10:00:00Z</replay-start-time><stop-time>2026-11-28T10:00:00Z</stop-time><stream-subtree-filter><a xmlns="urn:tocsin:events"/></stream-subtree-filter>',
    ),
  ).toEqual({
    stream: 'a',
    xpath: '/a',
    start: at('2026-11-27T10:00:00Z'),
    stop: at('2026-11-28T10:00:00Z'),
  })
})

it.each([
  ['', 'missing-element'],
  ['<stream>a</stream><encoding>encode-json</encoding>', 'invalid-value'],
  ['<stream>a</stream><dscp>1</dscp>', 'unknown-element'],
  [
    '<datastore xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-push">operational</datastore>',
    'operation-not-supported',
  ],
  ['<stream>a</stream><stop-time>2026-11-26T10:00:00Z</stop-time>', 'bad-element'],
  ['<stream>a</stream><stream-xpath-filter>/a</stream-xpath-filter><stream-subtree-filter/>', 'bad-element'],
])('establish-subscription with %s is refused', (content, tag) => {
  expect(() => establish(content)).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ tag }) }),
  )
})

it('modify-subscription changes filter and stop time', () => {
  expect(modify('<id>22</id><stream-xpath-filter>/b</stream-xpath-filter>')).toEqual({ id: 22, xpath: '/b' })
  expect(modify('<id>1</id><stop-time>2026-11-28T10:00:00Z</stop-time>')).toEqual({
    id: 1,
    stop: at('2026-11-28T10:00:00Z'),
  })
  expect(() => modify('<stream-xpath-filter>/b</stream-xpath-filter>')).toThrow('id is needed')
  expect(() => modify('<id>1</id><stream>other</stream>')).toThrow('not supported here')
})

it.each(['0', '-1', '4294967296', '1.5', 'x'])('the number %s is refused', (text) => {
  expect(() => readNumber(xml(`<a><id>${text}</id></a>`), 'id')).toThrow('no number')
})
