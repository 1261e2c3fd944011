import { describe, expect, it } from 'vitest'
import { isFrameFile, readFrameFile } from '../../../../src/cli/commands/copy/event-file-reader.js'
import type { OutgoingEvent } from '../../../../src/client/api.js'
import { encodeRecord } from '../../../../src/protocols/native/codec.js'
import { sampleEvent } from '../../output/sample.js'

const welcome = encodeRecord('welcome', {
  version: 1,
  features: [],
  epoch: 'k3x9f2',
  source: 'host/a',
  largestFrame: 1000,
  lastCounter: 0,
  durable: true,
  principal: 'admin',
  hub: { name: 'a', version: '0.1.0' },
})
const first = sampleEvent({ tag: 'a', data: { n: 1 }, seq: 5 })
const second = sampleEvent({ tag: 'b', data: { n: 2 }, seq: 6, attributes: { id: 'theirs' } })
const file = Buffer.concat([welcome, first.bytes, second.bytes])

async function read(bytes: Uint8Array, size = bytes.length): Promise<OutgoingEvent[]> {
  const events: OutgoingEvent[] = []
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  for await (const batch of readFrameFile(chunks())) events.push(...batch)
  return events
}

describe('a file of frames', () => {
  it('is recognised by its first bytes', () => {
    expect(isFrameFile(file)).toBe(true)
    expect(isFrameFile(first.bytes)).toBe(true)
    expect(isFrameFile(new TextEncoder().encode('{"specversion":"1.0"}'))).toBe(false)
    expect(isFrameFile(new Uint8Array(0))).toBe(false)
  })

  it('returns the events with the same body, and their original cursor and time as attributes', async () => {
    for (const size of [1, 7, 1000]) {
      const [a, b] = await read(file, size)
      expect(a).toMatchObject({
        tag: 'a',
        source: 'salt/master',
        kind: 0,
        attributes: { id: 'k3x9f2-5', time: '2026-11-20T06:31:07.123456Z' },
      })
      expect(a.body).toEqual(first.body)
      expect(b.attributes).toMatchObject({ id: 'theirs' })
    }
  })

  it('names events by number if the file does not name their log', async () => {
    expect((await read(first.bytes))[0].attributes).toMatchObject({ id: '5' })
  })

  it('refuses a file that is cut off or damaged, and reports where', async () => {
    await expect(read(file.subarray(0, -1))).rejects.toMatchObject({
      code: 'TCN_INPUT_INVALID',
      message: 'the file ends within frame 2',
    })
    const damaged = Buffer.from(file)
    damaged[damaged.length - 1] = 0xc1
    await expect(read(damaged)).rejects.toMatchObject({
      code: 'TCN_BODY_INVALID',
      message: 'frame 2 of the file',
    })
  })
})
