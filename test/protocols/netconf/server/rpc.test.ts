import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TocsinError } from '../../../../src/errors/tocsin-error.js'
import { finished } from '../../../../src/incremental/steps.js'
import { framedText, NetconfFramer } from '../../../../src/protocols/netconf/codec/framing.js'
import { helloText } from '../../../../src/protocols/netconf/codec/hello.js'
import { readReply } from '../../../../src/protocols/netconf/codec/rpc.js'
import { readXml } from '../../../../src/protocols/netconf/codec/xml.js'
import { errorText, fault, OK, readRequest, replyText } from '../../../../src/protocols/netconf/server/rpc.js'

const xml = (text: string) => finished(readXml(Buffer.from(text)))
const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0'

it('a hello and a reply are these bytes', () => {
  expect(helloText(['urn:a?x=1&y=2'], 7)).toBe(
    `<?xml version="1.0" encoding="UTF-8"?><hello xmlns="${BASE}"><capabilities><capability>urn:a?x=1&amp;y=2</capability></capabilities><session-id>7</session-id></hello>`,
  )
  const request = readRequest(xml(`<rpc message-id="101" xmlns="${BASE}"><get/></rpc>`))
  expect(replyText(request, OK)).toBe(`<rpc-reply xmlns="${BASE}" message-id="101"><ok/></rpc-reply>`)
})

it('a reply has the attributes of its request, whatever the prefix of that is', () => {
  const request = readRequest(
    xml(
      `<nc:rpc xmlns:nc="${BASE}" message-id="urn:uuid:&lt;1&gt;" user="a &quot;b&quot;"><nc:get/></nc:rpc>`,
    ),
  )
  expect(request.operation).toMatchObject({ name: 'get', namespace: BASE })
  expect(replyText(request, OK)).toBe(
    `<rpc-reply xmlns="${BASE}" message-id="urn:uuid:&lt;1&gt;" user="a &quot;b&quot;"><ok/></rpc-reply>`,
  )
})

it.each([
  ['<hello/>', 'malformed-message'],
  [`<rpc xmlns="${BASE}"><get/></rpc>`, 'missing-attribute'],
  [`<rpc xmlns="${BASE}" message-id="1"/>`, 'malformed-message'],
  [`<rpc xmlns="${BASE}" message-id="1"><get/><get/></rpc>`, 'malformed-message'],
  ['<rpc xmlns="urn:other" message-id="1"><get/></rpc>', 'malformed-message'],
])('%s is refused', (text, tag) => {
  expect(() => readRequest(xml(text))).toThrow(
    expect.objectContaining({ code: 'TCN_NETCONF_REQUEST', details: expect.objectContaining({ tag }) }),
  )
})

it('an error is these bytes', () => {
  expect(errorText(fault('unknown-element', 'a < b', { element: 'x' }))).toBe(
    '<rpc-error><error-type>application</error-type><error-tag>unknown-element</error-tag><error-severity>error</error-severity><error-message xml:lang="en">a &lt; b</error-message><error-info><bad-element>x</bad-element></error-info></rpc-error>',
  )
  expect(errorText(new TocsinError('TCN_ACCESS_DENIED', 'no'))).toContain(
    '<error-tag>access-denied</error-tag>',
  )
})

it('a client reads every error as it was meant', () => {
  fc.assert(
    fc.property(
      fc
        .string({ unit: 'grapheme', minLength: 1 })
        .filter((text) => !/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(text) && text.trim() === text),
      (message) => {
        const text = replyText({ attributes: ' message-id="1"' }, errorText(fault('in-use', message)))
        expect(readReply(xml(text)).errors).toMatchObject([{ tag: 'in-use', message }])
      },
    ),
  )
})

it('messages that are joined are read one by one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1 }),
      fc.nat(),
      (texts, cut) => {
        const framer = new NetconfFramer(1_000_000)
        framer.isChunked = true
        const bytes = Buffer.from(texts.map((text) => framedText(text, true)).join(''))
        const at = cut % (bytes.length + 1)
        framer.feed(bytes.subarray(0, at))
        const seen: string[] = []
        const take = () => {
          for (let next = framer.next(); next !== undefined; next = framer.next())
            seen.push(next.bytes.toString())
        }
        take()
        framer.feed(bytes.subarray(at))
        take()
        expect(seen).toEqual(texts.map((text) => Buffer.from(text).toString()))
      },
    ),
  )
})
