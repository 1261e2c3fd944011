import { expect, it } from 'vitest'
import { Event, iterateFrames } from '../../src/event/event.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { RawEvents } from '../../src/sources/raw-events.js'

const utf8 = new TextEncoder()

function make(options: { most?: number; largestFrame?: number; unwanted?: string } = {}) {
  const published: Event[] = []
  const hub = { full: false, published }
  const events = new RawEvents({
    origin: 'salt/master',
    largestFrame: options.largestFrame ?? 1 << 20,
    maxWaitingBytes: options.most ?? 1 << 20,
    accepts: (frames, at) => new Event(frames, at).tag !== options.unwanted,
    publish(frames, count) {
      if (hub.full) return false
      const batch = [...iterateFrames(frames.slice())]
      expect(batch).toHaveLength(count)
      published.push(...batch)
      return true
    },
  })
  const add = (tag: string, data: unknown) => {
    const raw = Buffer.concat([
      Buffer.from('before'),
      utf8.encode(`${tag}\n\n`),
      encode(data),
      Buffer.from('x'),
    ])
    return events.add(raw, 6, raw.length - 1)
  }
  return { events, hub, add }
}

it('makes one batch of the events added, with unchanged tags and bodies', () => {
  const { events, hub, add } = make()
  expect([add('a', { n: 1 }), add('b\u00e9/c', [2]), events.flush()]).toEqual([true, true, true])
  expect(hub.published.map(({ tag, source, data }) => ({ tag, source, data }))).toEqual([
    { tag: 'a', source: 'salt/master', data: { n: 1 } },
    { tag: 'bé/c', source: 'salt/master', data: [2] },
  ])
  expect(events.waiting).toBe(0)
})

it('leaves out invalid and unwanted events, as if they had not been added', () => {
  const { events, hub, add } = make({ unwanted: 'no', largestFrame: 1000 })
  expect(add('a', 1)).toBe(true)
  expect(add('no', 1)).toBe(false)
  expect(add('', 1)).toBe('TCN_TAG_EMPTY')
  expect(add('hub/x', 1)).toBe('TCN_TAG_RESERVED')
  expect(add('hub', 1)).toBe('TCN_TAG_RESERVED')
  expect(add('hubs', 1)).toBe(true)
  expect(add('b', 'x'.repeat(1000))).toBe('TCN_FRAME_TOO_LARGE')
  expect(add('t'.repeat(70_000), 1)).toBe('TCN_TAG_TOO_LONG')
  expect(events.add(utf8.encode('none'), 0, 4)).toBe('TCN_FRAME_SEPARATOR')
  expect(events.add(utf8.encode('a\n\n'), 0, 3)).toBe('TCN_BODY_INVALID')
  events.flush()
  expect(hub.published.map(({ tag }) => tag)).toEqual(['a', 'hubs'])
})

it('keeps events that the hub does not accept, up to its limit, and publishes them later in order', () => {
  const { events, hub, add } = make({ most: 1 << 20 })
  hub.full = true
  let kept = 0
  while (add(`tag/${kept}`, 'x'.repeat(1000)) === true) kept++
  expect(kept).toBeGreaterThan(900)
  expect(events.waiting).toBeLessThanOrEqual(1 << 20)
  expect([events.flush(), events.waitingEvents]).toEqual([false, kept])
  hub.full = false
  expect([events.flush(), events.waitingEvents]).toEqual([true, 0])
  expect(hub.published.map(({ tag }) => tag)).toEqual(Array.from({ length: kept }, (_, n) => `tag/${n}`))
})

it('accepts an event larger than its limit when nothing else waits', () => {
  const { events, hub, add } = make({ most: 1000, largestFrame: 1 << 20 })
  expect(add('a', 'x'.repeat(500_000))).toBe(true)
  expect(events.flush()).toBe(true)
  expect(hub.published[0].data).toHaveLength(500_000)
})
