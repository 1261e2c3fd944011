import { expect, it } from 'vitest'
import { finished } from '../../../../src/incremental/steps.js'
import { readXml } from '../../../../src/protocols/netconf/codec/xml.js'
import { heightOf, readJsonNotification } from '../../../../src/protocols/restconf/codec/json-notification.js'
import { readJsonStreams, readXmlStreams } from '../../../../src/protocols/restconf/codec/streams.js'

const created = Date.parse('2007-07-08T00:00:00Z') * 1000
const xml = (text: string) => finished(readXml(Buffer.from(text)))

it('streams are those of RFC 8040, section 9.3, in XML and in JSON', () => {
  const netconf = {
    name: 'NETCONF',
    hasReplay: true,
    logCreated: created,
    locations: new Map([
      ['xml', 'https://example.com/streams/NETCONF'],
      ['json', 'https://example.com/streams/NETCONF-JSON'],
    ]),
  }
  const other = { name: 'SNMP', hasReplay: false, logCreated: undefined, locations: new Map() }
  expect(
    readXmlStreams(
      xml(`<streams xmlns="urn:ietf:params:xml:ns:yang:ietf-restconf-monitoring">
        <stream><name>NETCONF</name><description>default NETCONF event stream</description>
          <replay-support>true</replay-support>
          <replay-log-creation-time>2007-07-08T00:00:00Z</replay-log-creation-time>
          <access><encoding>xml</encoding><location>https://example.com/streams/NETCONF</location></access>
          <access><encoding>json</encoding><location>https://example.com/streams/NETCONF-JSON</location></access>
        </stream><stream><name>SNMP</name></stream><stream/></streams>`),
    ),
  ).toEqual([netconf, other])
  const access = [...netconf.locations].map(([encoding, location]) => ({ encoding, location }))
  const streams = [
    {
      name: 'NETCONF',
      'replay-support': true,
      'replay-log-creation-time': '2007-07-08T00:00:00Z',
      access,
    },
    { name: 'SNMP' },
  ]
  expect(readJsonStreams({ 'ietf-restconf-monitoring:streams': { stream: streams } })).toEqual([
    netconf,
    other,
  ])
})

it('anything else is no list of streams', () => {
  for (const value of [undefined, null, [], 'x', {}, { streams: 7 }, { streams: { stream: [{}] } }])
    expect(() => readJsonStreams(value)).toThrow('no list of streams')
  expect(() => readXmlStreams(xml('<html/>'))).toThrow('no list of streams')
})

it('a notification in JSON has its name with the module, its time and its content', () => {
  const content = { 'event-class': 'fault', severity: 'major' }
  const notification = { eventTime: '2007-07-08T00:00:00Z', 'example-mod:event': content }
  expect(readJsonNotification({ 'ietf-restconf:notification': notification })).toEqual({
    name: 'event',
    qualifiedName: 'example-mod:event',
    eventTime: '2007-07-08T00:00:00Z',
    time: created,
    content,
  })
  expect(readJsonNotification({ notification: { 'a:b': [null] } })).toMatchObject({
    content: {},
    time: undefined,
  })
})

it('anything else is refused with a code', () => {
  const envelope = 'ietf-restconf:notification'
  const wrong = [null, 7, [], {}, { a: {} }, { [envelope]: {} }, { [envelope]: 7 }]
  for (const value of [...wrong, { [envelope]: { 'a:b': {}, 'a:c': {} } }, { [envelope]: { a: {} }, b: {} }])
    expect(() => readJsonNotification(value)).toThrow(
      expect.objectContaining({ code: 'TCN_NETCONF_MESSAGE' }),
    )
})

it('the height of a value is counted up to a bound', () => {
  expect(heightOf(7, 9)).toBe(0)
  expect(heightOf({ a: [{}], b: 1 }, 9)).toBe(3)
  expect(heightOf([[[[]]]], 2)).toBe(2)
})
