import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Attempt, DeliveryWorld } from './delivery-world.js'

const TRIES = 2
const MINUTE = 60_000

/** Events come in groups while the destination is down at times; some of them it never takes, or not before a time. */
const plans = fc.record({
  batch: fc.constantFrom(1, 1, 2, 5),
  parallel: fc.constantFrom(1, 1, 1, 3),
  groups: fc.array(fc.record({ pause: fc.nat(600), events: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
  down: fc.array(
    fc.record({ from: fc.nat(1_500), seconds: fc.nat(900), kind: fc.constantFrom('unclear', 'unavailable') }),
    { maxLength: 4 },
  ),
  poison: fc.array(
    fc.record({
      seq: fc.integer({ min: 1, max: 20 }),
      until: fc.option(fc.nat(1_500), { nil: Number.POSITIVE_INFINITY }),
      kind: fc.constantFrom('unclear', 'unclear', 'refused', 'ended'),
    }),
    { maxLength: 4 },
  ),
  takes: fc.constantFrom(0, 0, 200),
})
type Plan = typeof plans extends fc.Arbitrary<infer Value> ? Value : never

test('nothing is lost, parked without a cause or delivered out of turn without one, whatever is down or refused', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { world, count } = await played(plan)
      const all = [...world.taken, ...world.left.map(({ seq }) => seq)]
      expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, nth) => nth + 1))
      for (const { seq } of world.left) expectCause(world.attempts, seq)
      if (plan.parallel === 1) expectOrder(world.attempts)
    }),
    { numRuns: 300 },
  )
}, 300_000)

async function played({ batch, parallel, groups, down, poison, takes }: Plan) {
  const first = groups.reduce((sum, { events }) => sum + events, 0)
  const world: DeliveryWorld = new DeliveryWorld(
    (seqs) => {
      const second = world.runtime.monotonic() / 1_000
      const fault = down.find(({ from, seconds }) => second >= from && second < from + seconds)
      return (fault ?? poison.find(({ seq, until }) => seq <= first && seqs.includes(seq) && second < until))
        ?.kind as 'unclear' | undefined
    },
    { batch, parallel, retry: { tries: TRIES }, takes: () => takes },
  )
  for (const { pause, events } of groups) {
    world.add(events)
    await world.runtime.pass(pause * 1_000)
  }
  await world.runtime.pass(120 * MINUTE)
  const later = TRIES * (poison.length + 1)
  for (let nth = 0; nth < later; nth++) {
    world.add(1)
    await world.runtime.pass(20 * MINUTE)
  }
  return { world, count: first + later }
}

/** It was refused often enough, or something else was taken between its failures. */
function expectCause(attempts: readonly Attempt[], event: number): void {
  let causes = 0
  let areOthersTaken = false
  for (const { seqs, answer } of attempts) {
    if (!seqs.includes(event)) areOthersTaken ||= answer === undefined
    else if (answer === 'unclear') {
      if (areOthersTaken) causes++
      areOthersTaken = false
    } else if (answer === 'refused' || answer === 'ended') causes++
  }
  expect(causes).toBeGreaterThanOrEqual(TRIES)
}

/** After each failure of an event from its second on, one later event may be delivered before it. */
function expectOrder(attempts: readonly Attempt[]): void {
  const failures = new Map<number, number>()
  const mayBePassed = new Set<number>()
  const done = new Set<number>()
  let from = 0
  for (const { seqs, answer } of attempts) {
    for (const seq of seqs) {
      if (answer === undefined) {
        if (!done.has(seq)) expect(seq).toBeGreaterThanOrEqual(from)
        done.add(seq)
      } else if (answer === 'unclear') {
        failures.set(seq, (failures.get(seq) ?? 0) + 1)
        if (failures.get(seq)! >= TRIES) mayBePassed.add(seq)
      }
    }
    if (answer !== undefined) continue
    const passed = [...mayBePassed].filter((seq) => seq < seqs[0] && !done.has(seq)).toSorted((a, b) => a - b)
    if (seqs.length === 1 && passed.length > 0) {
      mayBePassed.clear()
      from = Math.max(from, passed[0])
    } else from = Math.max(from, ...seqs)
  }
}
