import fc from 'fast-check'
import { type Command, command as commandOn } from './command.js'
import { modelFilters } from './filters.js'
import type { ModelSubscriber } from './model-subscriber.js'
import { modelPositions } from './positions.js'
import type { World } from './world.js'

function command<Fields extends object>(
  name: string,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
  run: (world: World, fields: Fields) => unknown,
): fc.Arbitrary<Command<World>> {
  return commandOn(name, fields, run)
}

/** Selects an open subscriber, if there is one. */
const who = fc.nat({ max: 99 })
function one({ open }: World, choice: number): ModelSubscriber | undefined {
  return open[choice % Math.max(1, open.length)]
}

const event = fc.record({
  letter: fc.constantFrom('a', 'a', 'b', 'c', 'q'),
  size: fc.constantFrom(0, 0, 0, 1, 2),
})
const events = fc.array(event, { minLength: 1, maxLength: 8 })
const producer = fc.nat({ max: 1 })
const filter = fc.nat({ max: modelFilters.length - 1 })
const lag = fc.constantFrom('catch-up', 'catch-up', 'skip', 'disconnect' as const)
const position = fc.constantFrom(...Object.keys(modelPositions))
const at = fc.double({ min: 0, max: 1, noNaN: true })

const publish = command('publish', { producer, events }, (world, { producer, events }) => {
  world.publish(producer, events)
})

const subscribe = command(
  'subscribe',
  { position, at, filter, lag, bounded: fc.boolean(), meanwhile: fc.option(events) },
  (world, { position, at, filter, lag, bounded, meanwhile }) => {
    // Without a position, the subscription begins once it is open, so nothing may be published meanwhile.
    const racing = position === 'nothing' || position === 'now' ? null : meanwhile
    return world.subscribe({
      position: (there) => modelPositions[position](there, at),
      filter: modelFilters[filter],
      lag,
      bounded: bounded && position !== 'ahead',
      meanwhile: racing === null ? undefined : () => world.publish(0, racing),
    })
  },
)

const change = command('change', { who, filter }, (world, { who, filter }) => {
  one(world, who)?.change(modelFilters[filter])
})

export const modelCommands = fc.commands(
  [
    publish,
    publish,
    publish,
    publish,
    subscribe,
    subscribe,
    change,
    command('stall', { who }, (world, { who }) => {
      const subscriber = one(world, who)
      if (subscriber !== undefined) subscriber.stalled = true
    }),
    command('drain', { who }, (world, { who }) => one(world, who)?.drain()),
    command('drain', { who }, (world, { who }) => one(world, who)?.drain()),
    command('step', { turns: fc.integer({ min: 1, max: 6 }) }, async (world, { turns }) => {
      for (let turn = 0; turn < turns; turn++) await world.runtime.step()
    }),
    command('quiet', {}, (world) => world.runtime.quiet()),
    command('pass', { ms: fc.constantFrom(1, 10, 1000, 12_000) }, (world, { ms }) => world.runtime.pass(ms)),
    command('repeat', { producer }, (world, { producer }) => world.repeat(producer)),
    command('compact', { keep: fc.constantFrom(0, 100_000, 300_000) }, (world, { keep }) =>
      world.compact(keep),
    ),
    command('close', { who }, (world, { who }) => {
      const subscriber = one(world, who)
      if (subscriber === undefined) return
      subscriber.gone = true
      subscriber.api?.close()
    }),
    command('reconnect', { who }, (world, { who }) => {
      const subscriber = one(world, who)
      if (subscriber !== undefined) return world.reconnect(subscriber)
    }),
    command('restart', { crash: fc.boolean() }, (world, { crash }) => world.restart(crash)),
    command('settle', {}, (world) => world.settle()),
  ],
  { maxCommands: 60, size: 'max' },
)
