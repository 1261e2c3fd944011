import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MatchingFrames, possibleFrames } from '../../src/bus/matching-frames.js'
import { encodeFrame, frameBytes, frameSeq } from '../../src/event/frame.js'
import { compileFilter, parseFilter } from '../../src/filter/index.js'
import type { Matcher } from '../../src/filter/matcher.js'
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

const hundred = Array.from({ length: 100 }, (_, n) => `${n % 2 === 0 ? 'wanted' : 'other'}/${n}`)

/** How many events were looked at in each step, and what was found. */
function look(cost: number) {
  const steps = [0]
  const counted: Matcher = {
    ...matcher,
    cost,
    matches: (bytes, at) => {
      steps[steps.length - 1]++
      return matcher.matches(bytes, at)
    },
  }
  const matching = new MatchingFrames(batchOf(hundred), 0, counted)
  while (!matching.step()) steps.push(0)
  return { steps, found: matching.found }
}

describe('the frames of a batch that match', () => {
  it('are those after the cursor', () => {
    const batch = batchOf(['wanted/1', 'wanted/2', 'other/3', 'wanted/4', 'wanted/5', 'other/6'])
    const matching = new MatchingFrames(batch, 1, matcher)
    expect(matching.step()).toBe(true)
    expect(matching.found.frames).toBe(3)
    expect(Buffer.concat(matching.found.take())).toEqual(
      Buffer.concat([frameOf('wanted/2', 2), frameOf('wanted/4', 4), frameOf('wanted/5', 5)]),
    )
  })

  it('are the same if groups of frames without a word are passed over', () => {
    const grep = compileFilter(parseFilter({ grep: 'wanted' }), { typeOf: () => 'tocsin.event' })
    const tag = fc.oneof({ weight: 40, arbitrary: fc.constant('other') }, fc.constant('wanted'))
    const batches = fc.array(tag, { maxLength: 120 })
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: 120 }), (tags, cursor) => {
        const { bytes, ...range } = batchOf(tags.map((tag, n) => `${tag}/${n}`))
        const seqs = tags.flatMap((tag, n) => (tag === 'wanted' ? [n + 1] : []))
        const matching = new MatchingFrames({ bytes, ...range }, cursor, grep)
        while (!matching.step());
        const expected = seqs.filter((seq) => seq > cursor).map((seq) => frameOf(`wanted/${seq - 1}`, seq))
        expect(Buffer.concat(matching.found.take())).toEqual(Buffer.concat(expected))
        const offsets: number[] = []
        for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) offsets.push(at)
        const possible = possibleFrames(grep, bytes, offsets)
        expect(possible.filter((at) => grep.matches(bytes, at)).map((at) => frameSeq(bytes, at))).toEqual(
          seqs,
        )
        expect(possible.length).toBeLessThanOrEqual(16 * seqs.length)
      }),
      { numRuns: 500 },
    )
  })

  it('are found without asking for the memory of the batch at each of them', () => {
    const batch = batchOf(hundred)
    const matching = new MatchingFrames(batch, 0, matcher)
    expect([matching.step(), matching.found.frames, batch.bytes.asked]).toEqual([true, 50, 1])
  })

  it.each([
    [3, [100]],
    [11, [58, 42]],
    [40, [16, 16, 16, 16, 16, 16, 4]],
    [600, Array(100).fill(1)],
  ])('are looked for in steps that are the shorter the more the filter costs: %s', (cost, expected) => {
    const { steps, found } = look(cost)
    expect(steps).toEqual(expected)
    expect(Buffer.concat(found.take())).toEqual(
      Buffer.concat(hundred.flatMap((tag, n) => (n % 2 === 0 ? [frameOf(tag, n + 1)] : []))),
    )
  })
})
