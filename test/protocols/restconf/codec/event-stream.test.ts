import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventStreamReader } from '../../../../src/protocols/restconf/codec/event-stream.js'

function read(bytes: Buffer, { longest = 1000, cuts = [] as number[] } = {}) {
  const reader = new EventStreamReader(longest)
  const messages: string[] = []
  const lengths: number[] = []
  let held = 0
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  places.slice(1).forEach((end, nth) => {
    reader.feed(bytes.subarray(places[nth], end))
    for (let message = reader.next(); message !== undefined; message = reader.next()) {
      if (message.isTooLong) lengths.push(message.length)
      else messages.push(message.bytes.toString())
    }
    held = Math.max(held, reader.held)
  })
  return { messages, lengths, held }
}
const texts = (text: string) => read(Buffer.from(text)).messages

it('data of an event are its lines, with any end of line, and other fields are left out', () => {
  expect(texts('data: a\ndata:b\n\n')).toEqual(['a\nb'])
  expect(texts('data: a\r\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n')).toEqual(['a\nb', 'c', 'd'])
  expect(texts(': comment\nid: 7\nevent: x\nretry: 1\ndatas: no\ndata:  two\n\n')).toEqual([' two'])
  expect(texts('\ufeffdata: a\n\n')).toEqual(['a'])
  expect(texts('data\n\n')).toEqual([''])
  expect(texts('\n\n: nothing\n\n')).toEqual([])
  expect(texts('data: not finished\n')).toEqual([])
})

it('the example of RFC 8040 is read', () => {
  const example = `data: {
data:   "ietf-restconf:notification" : {
data:     "eventTime" : "2013-12-21T00:01:00Z",
data:     "example-mod:event" : {
data:       "event-class" : "fault",
data:       "reporting-entity" : { "card" : "Ethernet0" },
data:       "severity" : "major"
data:     }
data:   }
data: }

`
  expect(JSON.parse(texts(example)[0])).toEqual({
    'ietf-restconf:notification': {
      eventTime: '2013-12-21T00:01:00Z',
      'example-mod:event': {
        'event-class': 'fault',
        'reporting-entity': { card: 'Ethernet0' },
        severity: 'major',
      },
    },
  })
})

it('what is too long is left out with its length, in one line or in many, and memory is bounded', () => {
  const long = `data: ${'x'.repeat(5000)}\n\ndata: ${'y\ndata: '.repeat(1000)}\n\ndata: ok\n\n`
  for (const cuts of [[], Array.from({ length: 500 }, (_, nth) => nth * 25)]) {
    const { messages, lengths, held } = read(Buffer.from(long), { cuts })
    expect(messages).toEqual(['ok'])
    expect(lengths[0]).toBeGreaterThanOrEqual(5000)
    expect(lengths[1]).toBe(2000)
    if (cuts.length > 0) expect(held).toBeLessThan(1100)
  }
  const { messages, lengths } = read(
    Buffer.from(`data: ${'x'.repeat(1000)}\n\ndata: ${'y'.repeat(1001)}\n\n`),
  )
  expect(messages).toEqual(['x'.repeat(1000)])
  expect(lengths).toEqual([1001])
})

it('wherever the bytes are cut, the same messages come', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, ''))
  const messages = fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
  const end = fc.constantFrom('\n', '\r', '\r\n')
  fc.assert(
    fc.property(messages, end, fc.array(fc.nat(), { maxLength: 20 }), (sent, eol, cuts) => {
      const text = sent.map((lines) => lines.map((each) => `data: ${each}${eol}`).join('') + eol).join('')
      const { messages: came } = read(Buffer.from(text), { cuts })
      expect(came).toEqual(sent.map((lines) => lines.join('\n')))
    }),
  )
})
