import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Command, command } from '../bus/model/command.js'
import { chance, runs } from '../bus/model/settings.js'
import { ENGINES } from '../state/restarted-state.js'
import { type TokenDeed, TokenWorld } from './token-world.js'

const deed = {
  kind: fc.constantFrom('add' as const, 'add' as const, 'rotate' as const, 'revoke' as const),
  name: fc.constantFrom('ops', 'ops-laptop', 'ann', 'bob'),
  time: fc.constantFrom(undefined, undefined, 0, 1000, 60_000),
}

const commands = fc.commands<object, TokenWorld, false>(
  [
    command<TokenWorld, TokenDeed>('do', deed, (world, chosen) => world.do(chosen)),
    command<TokenWorld, TokenDeed>('do', deed, (world, chosen) => world.do(chosen)),
    command<TokenWorld, TokenDeed & { after: number }>(
      'crash in',
      { ...deed, after: fc.nat(12) },
      (world, { after, ...chosen }) => world.crashIn(chosen, after),
    ),
    command<TokenWorld, { ms: number }>(
      'pass',
      { ms: fc.constantFrom(1, 999, 59_000, 90_000) },
      (world, { ms }) => world.pass(ms),
    ),
    command<TokenWorld, { full: boolean }>(
      'disk',
      { full: fc.constantFrom(true, true, false) },
      (world, { full }) => {
        world.full = full
      },
    ),
    fc.constant(new Command<TokenWorld>('restart', (world) => world.restart(false))),
  ],
  { maxCommands: 30, size: 'max' },
)

it.each(ENGINES)(
  'a token is valid until it expires or is revoked, also after crashes and with a full disk: %s',
  async (engine) => {
    const property = fc.asyncProperty(commands, async (commands) => {
      const world = await TokenWorld.open(engine)
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
