import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CountBlocks } from '../../src/hosts/count-blocks.js'

const START = 1_700_000_000 - (1_700_000_000 % 7200)

it('counts what happened in the last hour and in the last day', () => {
  const counts = new CountBlocks()
  const block = counts.take()
  counts.add(block, START)
  counts.add(block, START + 3_000)
  expect([counts.hour(block, START + 3_000), counts.day(block, START + 3_000)]).toEqual([2, 2])
  expect([counts.hour(block, START + 4_300), counts.day(block, START + 4_300)]).toEqual([1, 2])
  expect([counts.hour(block, START + 90_000), counts.day(block, START + 90_000)]).toEqual([0, 2])
  expect(counts.day(block, START + 93_700)).toBe(0)
})

it('counts exactly the slots of the period, however events are spread', () => {
  const pauses = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 3 })), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(pauses, fc.integer({ min: 0, max: 100_000 }), (steps, after) => {
      const counts = new CountBlocks()
      counts.take()
      const block = counts.take()
      const times: number[] = []
      let now = START
      for (const [pause, number] of steps) {
        now += pause
        for (let each = 0; each < number; each++) {
          counts.add(block, now)
          times.push(now)
        }
      }
      now += after
      const since = (length: number, slots: number) => (Math.floor(now / length) - slots + 1) * length
      expect(counts.hour(block, now)).toBe(times.filter((time) => time >= since(600, 7)).length)
      expect(counts.day(block, now)).toBe(times.filter((time) => time >= since(7_200, 13)).length)
    }),
  )
})

it('gives a block that is used again without counts, and grows', () => {
  const counts = new CountBlocks()
  const blocks = Array.from({ length: 1_000 }, () => counts.take())
  for (const block of blocks) counts.add(block, START)
  counts.give(blocks[7])
  const again = counts.take()
  expect(again).toBe(blocks[7])
  expect(counts.hour(again, START)).toBe(0)
  expect(blocks.filter((block) => counts.hour(block, START) === 1)).toHaveLength(999)
})
