import fc from 'fast-check'
import { expect, it } from 'vitest'
import { frameMessage, NetconfFramer } from '../../../../src/protocols/netconf/codec/framing.js'

/** Feeds the bytes in pieces of these sizes, and returns all messages. */
function messagesOf(framer: NetconfFramer, bytes: Uint8Array, sizes: readonly number[] = [bytes.length]) {
  const messages = []
  for (let at = 0, nth = 0; at < bytes.length; nth++) {
    const size = Math.max(1, sizes[nth % sizes.length])
    framer.feed(bytes.subarray(at, at + size))
    at += size
    for (let message = framer.next(); message !== undefined; message = framer.next()) messages.push(message)
  }
  return messages
}

function chunked(longest = 100): NetconfFramer {
  const framer = new NetconfFramer(longest)
  framer.isChunked = true
  return framer
}

const texts = (messages: readonly { bytes: Buffer }[]) => messages.map(({ bytes }) => bytes.toString())

it('the chunks of RFC 6242, section 4.2, are one message', () => {
  const bytes = Buffer.from(
    '\n#4\n<rpc\n#18\n message-id="102"\n\n#79\n     xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">\n  <close-session/>\n</rpc>\n##\n',
  )
  expect(texts(messagesOf(chunked(1000), bytes))).toEqual([
    '<rpc message-id="102"\n     xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">\n  <close-session/>\n</rpc>',
  ])
})

it('messages are written byte for byte as each base has them', () => {
  expect(frameMessage('<a/>', false).toString()).toBe('<a/>]]>]]>')
  expect(frameMessage('<a>é</a>', true).toString()).toBe('\n#9\n<a>é</a>\n##\n')
})

it('chunks may follow the hello in the same piece', () => {
  const framer = new NetconfFramer(100)
  framer.feed(Buffer.from('<hello/>]]>]]>\n#4\n<a/>\n##\n'))
  expect(framer.next()?.bytes.toString()).toBe('<hello/>')
  framer.isChunked = true
  expect(framer.next()?.bytes.toString()).toBe('<a/>')
  expect(framer.isWithin).toBe(false)
})

const xml = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(']]>', ''))
const messages = fc.array(
  xml.filter((text) => text !== ''),
  { maxLength: 10 },
)
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 })

it.each([false, true])('messages are the same however they are divided (chunks: %s)', (isChunked) => {
  fc.assert(
    fc.property(messages, sizes, (sent, pieces) => {
      const framer = new NetconfFramer(10_000)
      framer.isChunked = isChunked
      const bytes = Buffer.concat(sent.map((text) => frameMessage(text, isChunked)))
      expect(texts(messagesOf(framer, bytes, pieces))).toEqual(sent)
      expect(framer.held).toBe(0)
    }),
  )
})

it('a message may come in chunks of any sizes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), sizes, sizes, (message, chunks, pieces) => {
      const parts = []
      for (let at = 0, nth = 0; at < message.length; nth++) {
        const part = message.subarray(at, at + chunks[nth % chunks.length])
        parts.push(Buffer.from(`\n#${part.length}\n`), part)
        at += part.length
      }
      const [one, ...more] = messagesOf(
        chunked(200),
        Buffer.concat([...parts, Buffer.from('\n##\n')]),
        pieces,
      )
      expect(Buffer.compare(one.bytes, message)).toBe(0)
      expect(more).toEqual([])
    }),
  )
})

it.each([
  '\n#0\n',
  '\n#01\na\n##\n',
  '\n#4294967296\n',
  '\n##\n',
  '\n#-1\n',
  '\n#a',
  'x',
  '\n\n#1\na',
  '\n#1\nab',
])('%j is not a chunk, and refused as soon as that is known', (text) => {
  expect(() => messagesOf(chunked(), Buffer.from(text), [1])).toThrow('not framed')
})

it('a message that is too long is left out without being kept, and the next one is read', () => {
  for (const isChunked of [false, true]) {
    const framer = new NetconfFramer(100)
    framer.isChunked = isChunked
    const long = frameMessage('x'.repeat(1_000_000), isChunked)
    let held = 0
    let length = 0
    for (let at = 0; at < long.length; at += 1000) {
      framer.feed(long.subarray(at, at + 1000))
      const message = framer.next()
      if (message?.isTooLong) length = message.length
      held = Math.max(held, framer.held)
    }
    expect(length).toBe(1_000_000)
    expect(held).toBeLessThan(2000)
    expect(texts(messagesOf(framer, frameMessage('<a/>', isChunked)))).toEqual(['<a/>'])
  }
})

it('a message of very many chunks is read in several steps', () => {
  const framer = chunked(2000)
  framer.feed(Buffer.from(`${'\n#1\na'.repeat(1000)}\n##\n`))
  const steps = []
  for (;;) {
    const message = framer.next()
    steps.push(framer.hasMore)
    if (!framer.hasMore) {
      expect(message?.bytes.toString()).toBe('a'.repeat(1000))
      break
    }
    expect(message).toBeUndefined()
  }
  expect(steps).toEqual([true, true, true, false])
})
