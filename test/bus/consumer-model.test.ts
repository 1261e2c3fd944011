import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Command, command } from './model/command.js'
import { ConsumerWorld } from './model/consumer-world.js'
import { SeededRuntime } from './model/seeded-runtime.js'
import { chance, runs } from './model/settings.js'

const who = fc.nat({ max: 99 })
const one = ({ here }: ConsumerWorld, choice: number) => here[choice % Math.max(1, here.length)]
const letters = fc.array(fc.constantFrom('a', 'a', 'b'), { minLength: 1, maxLength: 8 })
const size = fc.constantFrom(20, 20, 40_000)
const result = fc.constantFrom('done', 'done', 'done', 'retry', 'park' as const)

const publish = command<ConsumerWorld, { letters: string[]; size: number }>(
  'publish',
  { letters, size },
  (world, { letters, size }) => world.publish(letters, size),
)
const answer = command<ConsumerWorld, { who: number; share: number; result: 'done' | 'retry' | 'park' }>(
  'answer',
  { who, share: fc.integer({ min: 1, max: 6 }), result },
  (world, { who, share, result }) => {
    const member = one(world, who)
    member?.answer([...member.holds.keys()].slice(0, share), result)
  },
)
const simple = (name: string, run: (world: ConsumerWorld) => unknown) => fc.constant(new Command(name, run))

const commands = fc.commands<object, ConsumerWorld, false>(
  [
    publish,
    publish,
    answer,
    answer,
    answer,
    simple('join', (world) => world.join()),
    simple('join', (world) => world.join()),
    command<ConsumerWorld, { who: number }>('leave', { who }, (world, { who }) => one(world, who)?.leave()),
    command<ConsumerWorld, { who: number }>('stall', { who }, (world, { who }) => {
      const member = one(world, who)
      if (member !== undefined) member.stalled = true
    }),
    command<ConsumerWorld, { who: number }>('drain', { who }, (world, { who }) => one(world, who)?.drain()),
    simple('step', (world) => world.runtime.step()),
    simple('quiet', (world) => world.runtime.quiet()),
    command<ConsumerWorld, { ms: number }>(
      'pass',
      { ms: fc.constantFrom(1, 1000, 5000, 31_000, 400_000) },
      (world, { ms }) => world.runtime.pass(ms),
    ),
    command<ConsumerWorld, { full: boolean }>('disk', { full: fc.boolean() }, (world, { full }) => {
      world.full = full
    }),
    command<ConsumerWorld, { to: string }>(
      'seek',
      { to: fc.constantFrom('start', 'now', '@3', '@10') },
      (world, { to }) => world.seek(to),
    ),
    simple('redeliver', (world) => world.redeliverParked()),
    command<ConsumerWorld, { keep: number }>(
      'compact',
      { keep: fc.constantFrom(0, 100_000) },
      (world, { keep }) => world.compact(keep),
    ),
    command<ConsumerWorld, { crash: boolean }>('restart', { crash: fc.boolean() }, (world, { crash }) =>
      world.restart(crash),
    ),
  ],
  { maxCommands: 60, size: 'max' },
)

test('a durable consumer loses nothing, repeats events only after a crash, and marks what it redelivers', async () => {
  const property = fc.asyncProperty(commands, fc.nat(), async (commands, seed) => {
    const world = await ConsumerWorld.open(new SeededRuntime(seed))
    await world.join()
    try {
      await fc.asyncModelRun(() => ({ model: {}, real: world }), commands)
      await world.settle()
      expect(world.failures).toEqual([])
    } finally {
      await world.close()
    }
  })
  await fc.assert(property, chance(runs))
}, 600_000)
