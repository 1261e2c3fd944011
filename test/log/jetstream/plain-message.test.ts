import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyStart, encodeFrame } from '../../../src/event/frame.js'
import type { ProducerRange } from '../../../src/log/event-log.js'
import { headerOf, MessageTexts, producerLines } from '../../../src/log/jetstream/event-message.js'
import { PlainMessages } from '../../../src/log/jetstream/plain-message.js'
import { Subjects } from '../../../src/log/jetstream/subjects.js'
import { wireLine } from '../../../src/storage/nats/wire.js'

const term = {
  epoch: 'kwbmlbtd52e6u',
  number: 257,
  texts: new MessageTexts(new Subjects('t')),
  typeOf: (tag: string) => tag.split('/').slice(0, 2).join('.'),
}

interface Given {
  frame: Buffer
  place: number
  producers?: ProducerRange[]
  reply: string
}

/** Returns the message, with memory around it that stays as it is; undefined if it is not plain. */
function writtenBy(plain: PlainMessages, { frame, place, producers, reply }: Given): string | undefined {
  const source = { frames: frame, at: 0, next: frame.length, place, producers, reply }
  const length = plain.prepare(source)
  if (length < 0) return undefined
  const memory = Buffer.alloc(length + 20, '#')
  expect(plain.write(source, memory, 10)).toBe(10 + length)
  expect(memory.toString('latin1', 0, 10) + memory.toString('latin1', 10 + length)).toBe('#'.repeat(20))
  return memory.toString('latin1', 10, 10 + length)
}

function writtenAsText({ frame, place, producers = [], reply }: Given): string {
  const { subject, header } = headerOf(frame, 0, place, producerLines(producers), term)
  const payload = frame.toString('latin1', bodyStart(frame, 0))
  return `${wireLine(subject, reply, header.length, payload.length)}${header}${payload}\r\n`
}

describe('messages that are written without a text of each part', () => {
  const segment = fc.oneof(
    { weight: 20, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/) },
    fc.constantFrom('', 'é', 'a b', '%', 'x'.repeat(96), 'x'.repeat(97)),
  )
  const tag = fc
    .array(segment, { minLength: 1, maxLength: 18 })
    .map((segments) => segments.join('/'))
    .filter((text) => text !== '')
  const source = fc.constantFrom('', '-', 'host/bench', 'salt/master 1', 's'.repeat(255), 'é'.repeat(127))
  const key = fc.constantFrom('alice/one', 'hub:kwb/own', 'alice/one two', 'k'.repeat(500))
  const counter = fc.oneof(fc.nat(20), fc.nat(10 ** 9), fc.integer({ min: 10 ** 14, max: 10 ** 15 - 1 }))
  const range = fc.record({ key, first: counter, last: counter, count: fc.nat(100_000) })
  const producers = fc.option(fc.array(range, { maxLength: 2 }), { nil: undefined })
  const place = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

  test('are the same bytes as with texts, or are left to them', () => {
    const plain = new PlainMessages(term)
    let count = 0
    fc.assert(
      fc.property(
        tag,
        source,
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0, 0, 0, 7),
        producers,
        place,
        fc.constantFrom('', '_INBOX.a.1-2'),
        (tag, source, body, kind, producers, place, reply) => {
          const frame = Buffer.from(encodeFrame({ tag, source, body, kind }))
          const given = { frame, place, producers, reply }
          const written = writtenBy(plain, given)
          if (written === undefined) return
          count++
          expect(written).toBe(writtenAsText(given))
        },
      ),
      { numRuns: 2000 },
    )
    expect(count).toBeGreaterThan(200)
  })

  test.each(['a', 'salt/job/20261120060100000001/ret/web1', Array(16).fill('a').join('/'), 'x'.repeat(96)])(
    'have a tag like %j',
    (tag) => {
      const frame = Buffer.from(encodeFrame({ tag, source: 's', body: Buffer.from([1]) }))
      const given = { frame, place: 300, reply: '' }
      expect(writtenBy(new PlainMessages(term), given)).toBe(writtenAsText(given))
    },
  )

  test.each([
    'a.b',
    '/a',
    'a/',
    'a//b',
    Array(17).fill('a').join('/'),
    'x'.repeat(97),
    `${'a/'.repeat(9)}${'y'.repeat(90)}`,
    'é',
  ])('have no tag like %j unless it is its own subject', (tag) => {
    const frame = Buffer.from(encodeFrame({ tag, source: 's', body: Buffer.from([1]) }))
    const given = { frame, place: 300, reply: '' }
    const written = writtenBy(new PlainMessages(term), given)
    const { subject } = headerOf(frame, 0, 300, '', term)
    expect(written !== undefined).toBe(
      subject === `t.event.${tag.replaceAll('/', '.')}` && !tag.includes('.'),
    )
  })
})
