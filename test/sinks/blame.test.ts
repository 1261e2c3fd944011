import { expect, it } from 'vitest'
import { DeliveryFault } from '../../src/sinks/delivery-fault.js'
import { DeliveryWorld } from './delivery-world.js'

const HOUR = 3_600_000
const never =
  (...poison: number[]) =>
  (seqs: number[]) =>
    seqs.some((seq) => poison.includes(seq)) ? ('unclear' as const) : undefined

it('an event that is not taken again and again is parked, and the next ones go on', async () => {
  const world = new DeliveryWorld(never(2))
  world.add(9)
  await world.runtime.pass(HOUR)
  expect(world.taken).toEqual([1, 3, 4, 5, 6, 7, 8, 9])
  expect(world.left).toEqual([
    { seq: 2, reason: 'it is unclear; 3 tries while others were taken', tries: expect.any(Number) },
  ])
})

it('one later event is tried after the tries, and the one before it at once after that', async () => {
  const world = new DeliveryWorld(never(1))
  world.add(9)
  await world.runtime.pass(HOUR)
  const tried = world.attempts.map(({ seqs }) => seqs[0])
  expect(tried.slice(0, 11)).toEqual([1, 1, 1, 2, 1, 1, 3, 1, 1, 4, 1])
  const [, , third, later, fourth, fifth] = world.attempts.map(({ at }) => at)
  expect([later - third, fourth - later]).toEqual([0, 0])
  expect(fifth - fourth).toBeGreaterThan(500)
})

it('the reason names the event that is suspected', async () => {
  const world = new DeliveryWorld(never(1))
  world.add(9)
  await world.runtime.pass(HOUR)
  expect(world.reasons[0]).toBe('it is unclear')
  expect(world.reasons[2]).toBe('it is unclear; 3 times at the event 1 (a/1)')
  expect(world.reasons[3]).toBe('it is unclear; 4 times at the event 1 (a/1), while others are taken')
})

it.each([1, 4])(
  'nothing is parked while nothing is taken, and one event is tried in each pause (batches of %i)',
  async (batch) => {
    let isDown = true
    const world = new DeliveryWorld(() => (isDown ? 'unclear' : undefined), { batch })
    world.add(12)
    await world.runtime.pass(24 * HOUR)
    const times = world.attempts.map(({ at }) => at)
    for (const at of times) expect(times.filter((time) => time === at).length).toBeLessThanOrEqual(2)
    expect([world.taken, world.left]).toEqual([[], []])
    isDown = false
    await world.runtime.pass(HOUR)
    expect(world.taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const since = world.attempts.filter(({ answer }) => answer === undefined)
    expect(since.map(({ seqs }) => seqs.length)).toEqual(Array(12 / batch).fill(batch))
  },
)

it('no other event is tried at a destination that is unavailable', async () => {
  const world = new DeliveryWorld((seqs) => (seqs.includes(1) ? 'unavailable' : undefined))
  world.add(3)
  await world.runtime.pass(24 * HOUR)
  expect(new Set(world.attempts.flatMap(({ seqs }) => seqs))).toEqual(new Set([1]))
})

it.each([1, 2, 3, 4])('the event of a batch that is not taken is found (event %i)', async (poison) => {
  const world = new DeliveryWorld(never(poison), { batch: 4 })
  world.add(12)
  await world.runtime.pass(HOUR)
  expect(world.left.map(({ seq }) => seq)).toEqual([poison])
  expect(world.taken.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 12 }, (_, nth) => nth + 1).filter((seq) => seq !== poison),
  )
})

it('the events before the one that is not taken keep their order', async () => {
  const world = new DeliveryWorld(never(4), { batch: 4 })
  world.add(4)
  await world.runtime.pass(HOUR)
  expect(world.taken).toEqual([1, 2, 3])
  expect(world.left).toEqual([])
  world.add(3)
  await world.runtime.pass(HOUR)
  expect([world.taken, world.left.map(({ seq }) => seq)]).toEqual([[1, 2, 3, 5, 6, 7], [4]])
})

it('a batch that is too much at once is delivered one by one', async () => {
  const world = new DeliveryWorld((seqs) => (seqs.length > 2 ? 'unclear' : undefined), { batch: 4 })
  world.add(4)
  await world.runtime.pass(HOUR)
  expect([world.taken, world.left]).toEqual([[1, 2, 3, 4], []])
})

it('events that are not taken may follow each other', async () => {
  const world = new DeliveryWorld(never(1, 2, 3))
  world.add(14)
  await world.runtime.pass(24 * HOUR)
  expect(world.left.map(({ seq }) => seq)).toEqual([1, 2, 3])
  expect(world.taken).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
})

it('the refusal of a later event is no proof that others are taken', async () => {
  const world = new DeliveryWorld((seqs) => (seqs.includes(2) ? 'refused' : 'unclear'))
  world.add(3)
  await world.runtime.pass(24 * HOUR)
  expect([world.taken, world.left]).toEqual([[], []])
})

it('an event without a later one waits, and is delivered when it is taken', async () => {
  let isPoison = true
  const world = new DeliveryWorld(() => (isPoison ? 'unclear' : undefined))
  world.add(1)
  await world.runtime.pass(24 * HOUR)
  isPoison = false
  await world.runtime.pass(HOUR)
  expect([world.taken, world.left]).toEqual([[1], []])
})

it('an event that is taken after a later one is delivered, and the order is kept from there', async () => {
  let later = 0
  const world = new DeliveryWorld((seqs) => {
    if (seqs[0] > 1) later++
    return later === 0 ? 'unclear' : undefined
  })
  world.add(4)
  await world.runtime.pass(HOUR)
  expect([world.taken, world.left]).toEqual([[2, 1, 3, 4], []])
})

it('with several deliveries at once, those that are taken are the proof', async () => {
  const world = new DeliveryWorld(never(1), { parallel: 2, takes: () => 100 })
  for (let second = 0; second < 60; second++) {
    world.add(1)
    await world.runtime.pass(1_000)
  }
  expect(world.left.map(({ seq }) => seq)).toEqual([1])
  expect(world.answersTo(1)).toHaveLength(6)
})

it('an event that takes up all of the room lets others be held when it is suspected', async () => {
  const world = new DeliveryWorld(never(1))
  world.add(1, 300_000)
  await world.runtime.pass(500)
  expect(world.deliveries.held.pending).toBeGreaterThan(300_000)
  await world.runtime.pass(HOUR)
  expect([world.deliveries.held.pending, world.rooms > 0]).toEqual([0, true])
  world.add(3)
  await world.runtime.pass(HOUR)
  expect(world.left.map(({ seq }) => seq)).toEqual([1])
  expect([world.deliveries.held.pending, world.deliveries.held.bytes]).toEqual([0, 0])
})

it('events of a batch that were taken all the same are delivered once', async () => {
  const world = new DeliveryWorld(
    (_, { batch }) => {
      const taken = batch.filter(({ seq }) => seq !== 2)
      return taken.length === batch.length
        ? undefined
        : Object.assign(new DeliveryFault('unclear', 'not all'), { taken })
    },
    { batch: 3 },
  )
  world.add(6)
  await world.runtime.pass(HOUR)
  expect([world.taken, world.left.map(({ seq }) => seq)]).toEqual([[1, 3, 4, 5, 6], [2]])
  expect(world.answersTo(1)).toHaveLength(1)
})

it('a destination that is down for longer than the patience of the sink has the events parked', async () => {
  const world = new DeliveryWorld(() => 'unclear', { retry: { patience: 600_000 } })
  world.add(2)
  await world.runtime.pass(HOUR)
  expect(world.left).toHaveLength(2)
  expect(world.left[0].reason).toMatch(/^it is unclear; for \d+ s$/)
})
