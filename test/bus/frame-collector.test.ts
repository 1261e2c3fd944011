import { describe, expect, it } from 'vitest'
import { FrameCollector } from '../../src/bus/frame-collector.js'
import { encodeFrame } from '../../src/event/frame.js'
import { compileFilter, parseFilter } from '../../src/filter/index.js'
import type { FrameBatch } from '../../src/log/event-log.js'

class CountedBytes extends Uint8Array {
  asked = 0

  override get buffer() {
    this.asked++
    return super.buffer
  }
}

const matcher = compileFilter(parseFilter('wanted/*'), { typeOf: () => 'tocsin.event' })
const frameOf = (tag: string, seq: number) => encodeFrame({ tag, seq, body: Uint8Array.of(0xc0) })

function batchOf(tags: readonly string[]): FrameBatch & { bytes: CountedBytes } {
  const bytes = new CountedBytes(Buffer.concat(tags.map((tag, index) => frameOf(tag, index + 1))))
  return { bytes, count: tags.length, firstSeq: 1, lastSeq: tags.length }
}

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

  it('collects the frames of a batch that match and come after the cursor', () => {
    const batch = batchOf(['wanted/1', 'wanted/2', 'other/3', 'wanted/4', 'wanted/5', 'other/6'])
    const matching = FrameCollector.matching(batch, 1, matcher)
    expect(matching.frames).toBe(3)
    expect(Buffer.concat(matching.take())).toEqual(
      Buffer.concat([frameOf('wanted/2', 2), frameOf('wanted/4', 4), frameOf('wanted/5', 5)]),
    )
  })

  it('asks for the memory of a batch once, and not for each of its frames', () => {
    const batch = batchOf(Array.from({ length: 100 }, (_, n) => `${n % 2 === 0 ? 'wanted' : 'other'}/${n}`))
    expect(FrameCollector.matching(batch, 0, matcher).frames).toBe(50)
    expect(batch.bytes.asked).toBe(1)
  })
})
