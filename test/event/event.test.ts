import { describe, expect, it } from 'vitest'
import { Event, iterateFrames } from '../../src/event/event.js'
import { encodeFrame } from '../../src/event/frame.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { concat, hex, text } from './bytes.js'

const frame = encodeFrame({
  tag: 'salt/job/1/ret/höst',
  source: 'salt/master',
  attributes: encode({ id: 'x', retries: 3, ok: true }),
  seq: 2 ** 40 + 1,
  time: 1_795_154_400_000_123,
  kind: 0x80000001,
  flags: 1,
  body: encode({ id: 'web1', return: { n: [1, 2] }, raw: hex('ff') }),
})

describe('event', () => {
  it('reads every field from its frame, wherever the frame is', () => {
    for (const event of [new Event(frame), new Event(concat(text('before'), frame, text('after')), 6)]) {
      expect(event.seq).toBe(2 ** 40 + 1)
      expect(event.time).toBe(1_795_154_400_000_123)
      expect(event.tag).toBe('salt/job/1/ret/höst')
      expect(event.kind).toBe(0x80000001)
      expect(event.source).toBe('salt/master')
      expect(event.attributes).toEqual({ id: 'x', retries: 3, ok: true })
      expect(event.data).toEqual({ id: 'web1', return: { n: [1, 2] }, raw: hex('ff') })
      expect(event.body).toEqual(encode(event.data))
      expect(event.cursorIn('k3j9')).toBe('k3j9-1099511627777')
      expect([event.flags, event.redelivered, event.synthetic]).toEqual([1, true, false])
      expect(event.end - event.at).toBe(frame.length)
    }
  })

  it('decodes its data once', () => {
    const event = new Event(frame)
    expect(event.data).toBe(event.data)
    const nothing = new Event(encodeFrame({ tag: 'a', body: hex('c0') }))
    expect(nothing.data).toBeNull()
  })

  it('has no attributes and an empty source if the frame has none', () => {
    const event = new Event(encodeFrame({ tag: 'a', flags: 2, body: hex('01') }))
    expect([event.attributes, event.source, event.synthetic]).toEqual([{}, '', true])
  })

  it('reads single values without decoding the rest', () => {
    const event = new Event(frame)
    expect(event.scalar('return', 'n', '1')).toBe(2)
    expect(event.scalar('return')).toBeUndefined()
    expect(event.scalar('missing')).toBeUndefined()
  })

  it('gives the bytes of text that is not UTF-8', () => {
    const event = new Event(encodeFrame({ tag: 'a', body: hex('81 a161 a3 61ff62') }))
    expect(event.data).toEqual({ a: 'a\ufffdb' })
    expect(event.rawBytes('a')).toEqual(hex('61ff62'))
    expect(event.rawBytes('b')).toBeUndefined()
  })

  it('can be detached from the memory that contains it', () => {
    const memory = concat(text('before'), frame)
    const event = new Event(memory, 6).detach()
    memory.fill(0)
    expect(event.tag).toBe('salt/job/1/ret/höst')
    expect(event.bytes).toEqual(frame)
  })
})

describe('events of frames back to back', () => {
  const frames = ['a', 'b', 'c'].map((tag) => encodeFrame({ tag, body: hex('01') }))

  it('are returned in order', () => {
    expect([...iterateFrames(concat(...frames))].map((event) => event.tag)).toEqual(['a', 'b', 'c'])
    expect([...iterateFrames(new Uint8Array(0))]).toEqual([])
  })

  it('are limited to the range', () => {
    const { length } = frames[0]
    expect([...iterateFrames(concat(...frames), length, 2 * length)].map((event) => event.tag)).toEqual(['b'])
  })
})
