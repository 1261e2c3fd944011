import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Command, command } from '../bus/model/command.js'
import { chance, runs } from '../bus/model/settings.js'
import { ENGINES } from '../state/restarted-state.js'
import { SessionWorld } from './session-world.js'

const user = fc.constantFrom('ann', 'ann', 'bob')
const which = fc.nat(20)

const commands = fc.commands<object, SessionWorld, false>(
  [
    command<SessionWorld, { user: string }>('begin', { user }, (world, { user }) => world.begin(user)),
    command<SessionWorld, { user: string }>('begin', { user }, (world, { user }) => world.begin(user)),
    command<SessionWorld, { which: number }>('use', { which }, (world, { which }) => world.use(which)),
    command<SessionWorld, { which: number }>('end', { which }, (world, { which }) => world.end(which)),
    command<SessionWorld, { user: string; isEnd: boolean; after: number }>(
      'crash in',
      { user, isEnd: fc.boolean(), after: fc.nat(8) },
      (world, { user, isEnd, after }) => world.crashIn(user, isEnd, after),
    ),
    command<SessionWorld, { user: string }>('toggle', { user }, (world, { user }) => world.toggle(user)),
    command<SessionWorld, { minutes: number }>(
      'pass',
      { minutes: fc.constantFrom(1, 10, 50, 59, 66, 130) },
      (world, { minutes }) => world.pass(minutes),
    ),
    command<SessionWorld, { full: boolean }>('disk', { full: fc.boolean() }, (world, { full }) => {
      world.full = full
    }),
    fc.constant(new Command<SessionWorld>('restart', (world) => world.restart(false))),
  ],
  { maxCommands: 30, size: 'max' },
)

it.each(ENGINES)(
  'a session that is used goes on, and one that is over does not come back, also after crashes: %s',
  async (engine) => {
    const property = fc.asyncProperty(commands, async (commands) => {
      const world = await SessionWorld.open(engine)
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: world }), commands)
        await world.restart(false)
        expect(world.failures).toEqual([])
      } finally {
        await world.close()
      }
    })
    await fc.assert(property, chance(engine === 'memory' ? runs : Math.ceil(runs / 10)))
  },
  600_000,
)
