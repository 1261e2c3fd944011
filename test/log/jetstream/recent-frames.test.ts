import { expect, test } from 'vitest'
import { frameBytes, frameSeq, setFrameSeq, setFrameTime } from '../../../src/event/frame.js'
import type { MessageFrame } from '../../../src/log/jetstream/message-frame.js'
import { RecentFrames } from '../../../src/log/jetstream/recent-frames.js'
import { frameOf } from '../conformance/tools.js'

const frame = frameOf('a')
const message = {
  bytes: frame.length,
  producers: [],
  write: (to: Buffer, at: number, seq: number, time: number) => {
    to.set(frame, at)
    setFrameSeq(to.subarray(at), 0, seq)
    setFrameTime(to.subarray(at), 0, time)
  },
} as unknown as MessageFrame

function placesIn(bytes: Uint8Array, end = bytes.length): number[] {
  const places: number[] = []
  for (let at = 0; at < end; at += frameBytes(bytes, at)) places.push(frameSeq(bytes, at))
  return places
}

test('memory begins after places that were passed over, and what was received before is still handed over', () => {
  const recent = new RecentFrames(1024 * 1024)
  for (const place of [1, 2, 3]) recent.add(message, place, place)
  recent.split()
  for (const place of [7, 8]) recent.add(message, place, place)
  expect(recent.first).toBe(7)
  expect(recent.ring.slabs.map(({ bytes, end }) => placesIn(bytes, end))).toEqual([[7, 8]])
  expect(recent.take().map(({ bytes }) => placesIn(bytes))).toEqual([
    [1, 2, 3],
    [7, 8],
  ])
  recent.add(message, 9, 9)
  expect([recent.first, recent.take().length]).toEqual([7, 1])
})
