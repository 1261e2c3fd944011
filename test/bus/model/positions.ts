import { formatTime } from '../../../src/event/index.js'
import type { ModelPosition, World } from './world.js'

/** `at` selects one of the stored events: 0 is the first, 1 the last. */
export type PositionOf = (world: World, at: number) => ModelPosition

function nth({ stored }: World, at: number): number {
  return stored[Math.floor(at * (stored.length - 1))]?.seq ?? 0
}

export const modelPositions: Record<string, PositionOf> = {
  nothing: (world) => ({ from: undefined, at: world.log.last }),
  now: (world) => ({ from: 'now', at: world.log.last }),
  start: (world) => ({ from: 'start', at: world.log.first - 1 }),
  cursor: (world, at) => ({ from: `${world.log.epoch}-${nth(world, at)}`, at: nth(world, at) }),
  number: (world, at) => ({ from: `@${nth(world, at)}`, at: Math.max(0, nth(world, at) - 1) }),
  time: (world, at) => {
    const time = world.stored.find(({ seq }) => seq >= nth(world, at))?.time ?? world.runtime.now()
    const { first, last } = world.log
    const found = world.stored.find((event) => event.seq >= first && event.time >= time)
    return { from: formatTime(time), at: found === undefined ? last : Math.max(found.seq, first) - 1 }
  },
  ahead: (world) => ({
    from: `${world.log.epoch}-${world.log.last + 5}`,
    at: 0,
    expectedGap: { reason: 'ahead', next: world.log.last },
  }),
  elsewhere: (world) => ({
    from: 'elsewherehere-3',
    otherwise: 'start',
    at: 0,
    expectedGap: { reason: 'unknown-epoch', next: world.log.first - 1 },
  }),
}
