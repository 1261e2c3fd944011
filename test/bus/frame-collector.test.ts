import { describe, expect, it } from 'vitest'
import { FrameCollector } from '../../src/bus/frame-collector.js'

describe('the collector of frames', () => {
  it('gives adjacent frames as one piece, also of several views of their memory', () => {
    const slab = new Uint8Array(30)
    const collector = new FrameCollector()
    collector.add(slab.subarray(0, 10), 0, 10, 1)
    collector.add(slab.subarray(10, 30), 0, 5, 1)
    collector.add(slab, 15, 20, 1)
    collector.add(slab, 25, 30, 1)
    expect(collector.take().map(({ byteOffset, length }) => [byteOffset, length])).toEqual([
      [0, 20],
      [25, 5],
    ])
    expect(collector.empty).toBe(true)
  })
})
