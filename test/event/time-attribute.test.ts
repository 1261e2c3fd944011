import { expect, test } from 'vitest'
import type { Attributes } from '../../src/event/attributes.js'
import { Event } from '../../src/event/event.js'
import { FrameWriter } from '../../src/event/frame-writer.js'
import { encode } from '../../src/event/index.js'
import { TimeAttribute } from '../../src/event/time-attribute.js'

const time = '2026-11-21T02:54:26.500000Z'

test('a time alone is encoded as every other encoder does it', () => {
  expect(new TimeAttribute().encode({ time })).toEqual(encode({ time }))
})

test('other attributes and other forms of time are left to the encoder of all attributes', () => {
  const encoder = new TimeAttribute()
  const others: Attributes[] = [
    {},
    { time: '2026-11-21T02:54:26Z' },
    { time: 7 },
    { time, id: 'a' },
    { id: 'a', time },
  ]
  for (const other of others) expect(encoder.encode(other)).toBeUndefined()
  expect(encoder.encode({ time: `${'é'.repeat(26)}Z` })).toBeUndefined()
})

test('every written event keeps its own time, although the encoder uses its memory again', () => {
  const writer = new FrameWriter({ source: 's' })
  const times = [1, 2, 3].map((second) => `2026-11-21T02:54:0${second}.000000Z`)
  for (const each of times) writer.write('a', null, { attributes: { time: each } })
  writer.write('a', null, { attributes: { time: 'noon' } })
  const { bytes } = writer.take()!
  const found: unknown[] = []
  for (let at = 0; at < bytes.length; ) {
    const event = new Event(bytes, at)
    found.push(event.attributes.time)
    at = event.end
  }
  expect(found).toEqual([...times, 'noon'])
})
