import fc from 'fast-check'
import { expect, it } from 'vitest'
import { finished } from '../../../../src/incremental/steps.js'
import { helloText, readHello, supports } from '../../../../src/protocols/netconf/codec/hello.js'
import {
  CLOSE_SESSION,
  readReply,
  refusedError,
  rpcText,
} from '../../../../src/protocols/netconf/codec/rpc.js'
import { createSubscription, readStreams } from '../../../../src/protocols/netconf/codec/subscription.js'
import { readXml, textAt } from '../../../../src/protocols/netconf/codec/xml.js'

const read = (text: string) => finished(readXml(Buffer.from(text)))
const at = Date.parse('2007-07-08T00:01:00Z') * 1000

it('the own messages are exactly these bytes', () => {
  expect(helloText()).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability><capability>urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>',
  )
  expect(rpcText('7', CLOSE_SESSION)).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="7"><close-session/></rpc>',
  )
  expect(createSubscription({})).toBe(
    '<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"></create-subscription>',
  )
  expect(createSubscription({ stream: 'a&b', start: at, stop: at + 500_000 })).toBe(
    '<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><stream>a&amp;b</stream><startTime>2007-07-08T00:01:00.000000Z</startTime><stopTime>2007-07-08T00:01:00.500000Z</stopTime></create-subscription>',
  )
  expect(createSubscription({ filter: { subtree: '<e:event xmlns:e="urn:e"/>' } })).toContain(
    '<filter type="subtree"><e:event xmlns:e="urn:e"/></filter>',
  )
})

it('an XPath filter has its namespaces, and no text leaves its attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.webUrl(), (xpath, uri) => {
      const request = read(createSubscription({ filter: { xpath, namespaces: { if: uri } } }))
      const [filter] = request.children
      expect(request.size).toBe(2)
      expect(filter.attributes).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'select', value: xpath }),
          expect.objectContaining({ name: 'if', value: uri }),
        ]),
      )
    }),
  )
})

it('a hello names capabilities, the session and YANG modules by their namespaces', () => {
  const hello = readHello(
    read(`<nc:hello xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0"><nc:capabilities>
      <nc:capability>urn:ietf:params:netconf:base:1.1</nc:capability>
      <nc:capability>
        urn:ietf:params:netconf:capability:notification:1.0
      </nc:capability>
      <nc:capability>urn:ietf:params:netconf:capability:xpath:1.0?x=y</nc:capability>
      <nc:capability>http://example.com/router?module=acme-router&amp;revision=2026-01-01</nc:capability>
      <nc:capability>http://example.com/b?revision=2026-01-01&amp;module=b</nc:capability>
      </nc:capabilities><nc:session-id>4</nc:session-id></nc:hello>`),
  )
  expect(hello.sessionId).toBe(4)
  expect(hello.modules.get('http://example.com/router')).toBe('acme-router')
  expect(hello.modules.get('http://example.com/b')).toBe('b')
  expect(supports(hello, 'base11')).toBe(true)
  expect(supports(hello, 'notification')).toBe(true)
  expect(supports(hello, 'xpath')).toBe(true)
  expect(supports(hello, 'base10')).toBe(false)
})

it('anything else is no hello', () => {
  expect(() => readHello(read('<rpc-reply/>'))).toThrow('a hello with capabilities was expected')
  expect(() => readHello(read('<hello/>'))).toThrow('a hello with capabilities was expected')
})

it('a reply has its number and its errors, whatever the prefix', () => {
  const reply = readReply(
    read(`<n:rpc-reply xmlns:n="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="101">
      <n:rpc-error><n:error-type>protocol</n:error-type><n:error-tag>bad-element</n:error-tag>
      <n:error-severity>error</n:error-severity><n:error-path>/a:startTime</n:error-path>
      <n:error-message xml:lang="en">in the future</n:error-message></n:rpc-error>
      <n:rpc-error><n:error-tag>x</n:error-tag><n:error-severity>warning</n:error-severity></n:rpc-error>
    </n:rpc-reply>`),
  )
  expect(reply.messageId).toBe('101')
  expect(reply.errors).toEqual([
    { tag: 'bad-element', severity: 'error', message: 'in the future', path: '/a:startTime' },
  ])
  expect(refusedError('the subscription', reply.errors)).toMatchObject({
    code: 'TCN_NETCONF_REFUSED',
    message: 'the device refuses the subscription: bad-element, in the future, at /a:startTime',
  })
})

it('streams are those of RFC 5277, section 3.2.5.1', () => {
  const reply = readReply(
    read(`<rpc-reply message-id="101" xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><data>
      <netconf xmlns="urn:ietf:params:xml:ns:netmod:notification"><streams>
        <stream><name>NETCONF</name><description>default NETCONF event stream</description>
          <replaySupport>true</replaySupport>
          <replayLogCreationTime>2007-07-08T00:00:00Z</replayLogCreationTime></stream>
        <stream><name>SNMP</name><description>SNMP notifications</description><replaySupport>false</replaySupport></stream>
        <stream/>
      </streams></netconf></data></rpc-reply>`),
  )
  expect(readStreams(reply)).toEqual([
    {
      name: 'NETCONF',
      description: 'default NETCONF event stream',
      hasReplay: true,
      logCreated: at - 60_000_000,
      logAged: undefined,
    },
    {
      name: 'SNMP',
      description: 'SNMP notifications',
      hasReplay: false,
      logCreated: undefined,
      logAged: undefined,
    },
  ])
  expect(readStreams(readReply(read('<rpc-reply><data/></rpc-reply>')))).toEqual([])
})

it('texts at a path that is not there are absent', () => {
  expect(textAt(undefined, 'a')).toBeUndefined()
})
