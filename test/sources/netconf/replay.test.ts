import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatTime } from '../../../src/event/position.js'
import { repeats } from '../../helpers/repeats.js'
import { act, HOUR, SECOND, step, World, world } from './replay-world.js'

const key = (k: number) => JSON.stringify({ k: String(k) })

function expectOneGapAround({ host }: World, lost: string): void {
  const gaps = host.data('hub/gap/netconf/r1')
  expect(gaps).toHaveLength(1)
  expect([gaps[0].from, lost, gaps[0].to].toSorted()).toEqual([gaps[0].from, lost, gaps[0].to])
}

it('what was missed comes from the log of the device, and nothing twice', () =>
  world(async (made) => {
    for (const k of [1, 1, 2]) made.emit(k)
    await made.settle()
    made.device.drop()
    for (const k of [2, 1, 3]) made.emit(k)
    await made.up()
    expect(made.published).toEqual([1, 1, 2, 2, 1, 3].map(key))
    expect(made.gaps).toEqual([])
  }))

it('with from now, the past of the device is left out, whatever its clock', async () => {
  for (const ahead of [-HOUR / 2, 0, HOUR]) {
    const made = new World(ahead)
    made.emit(1)
    await made.start()
    made.emit(2)
    made.device.drop()
    await made.up()
    expect(made.published).toEqual([key(2)])
    await made.close()
  }
})

it('a device that keeps nothing is one gap for each time that it was lost', () =>
  world(
    async (made) => {
      made.emit(1)
      await made.settle()
      for (let nth = 0; nth < 2; nth++) {
        made.device.drop()
        made.emit(9)
        await made.up()
      }
      made.emit(2)
      await made.settle()
      expect(made.published).toEqual([key(1), key(2)])
      expect(made.gaps).toEqual(Array(2).fill('not connected to the device, which keeps no notifications'))
    },
    0,
    false,
  ))

it('what a device has sent before its clock was known is one gap', async () => {
  const made = new World()
  made.device.endsReplay = false
  await made.start(10_000)
  await made.pass(60_000)
  made.device.drop()
  made.emit(1)
  await made.up(10_000)
  made.emit(2)
  await made.settle()
  expect(made.published).toEqual([key(2)])
  expect(made.gaps).toEqual(['not connected to the device, whose clock was not known yet'])
  await made.close()
})

it.each([false, true])(
  'that gap ends where live notifications are published, also if the connection is lost before (%s)',
  async (isLost) => {
    const made = new World()
    made.device.endsReplay = false
    await made.start(10_000)
    await made.pass(60_000)
    made.drop()
    while (made.device.subscribers === 0) await made.pass(1_000)
    await made.pass(3_000)
    made.emit(1)
    const left = formatTime(made.runtime.now())
    await made.settle()
    if (isLost) made.drop()
    await made.up(10_000)
    made.emit(2)
    await made.settle()
    expect(made.published).toEqual([key(2)])
    expectOneGapAround(made, left)
    await made.close()
  },
)

it('a device that says twice that it continues sends nothing twice', () =>
  world(
    async (made) => {
      for (const again of ['resume', 'suspend'] as const) {
        made.host.full = true
        made.emit(1)
        await made.settle()
        for (const say of [again, 'resume', again, 'resume'] as const) made.device[say]()
        made.host.full = false
        await made.pass(1_000)
      }
      expect(made.published).toEqual([key(1), key(1)])
      expect(made.status).toMatchObject({ health: { state: 'up' }, restarts: 0 })
      expect(made.gaps).toEqual([])
    },
    0,
    true,
    true,
  ))

it('a log that has begun anew, or has lost what was missed, is one gap', () =>
  world(async (made) => {
    made.emit(1)
    await made.pass(5_000)
    made.device.restart()
    made.emit(2)
    await made.up()
    expect(made.published).toEqual([key(1), key(2)])
    expect(made.gaps).toHaveLength(1)
    made.device.drop()
    await made.pass(3_000)
    for (const k of [3, 4]) made.emit(k)
    made.device.forget(2)
    await made.up()
    expect(made.published).toEqual([1, 2, 4].map(key))
    expect(made.gaps).toHaveLength(2)
    made.device.drop()
    await made.up()
    expect(made.gaps).toHaveLength(2)
  }))

it('a log that lacks what was missed is one gap, also if the device does not say so', () =>
  world(async (made) => {
    made.device.saysAged = false
    for (const k of [1, 2]) made.emit(k)
    await made.pass(60_000)
    made.drop()
    await made.pass(100)
    made.device.forget(1)
    await made.up()
    expect(made.gaps).toEqual([])
    made.drop()
    for (const k of [3, 4]) made.emit(k)
    made.device.forget(2)
    await made.up()
    expect(made.published).toEqual([1, 2, 4].map(key))
    expect(made.gaps).toHaveLength(1)
    await made.restartHub()
    await made.up()
    expect(made.gaps).toHaveLength(1)
  }))

it('what stands still on its way, and is lost with the connection and the log, is within the gap', () =>
  world(async (made) => {
    made.emit(1)
    await made.pass(60_000)
    made.hold()
    made.emit(2)
    const lost = formatTime(made.runtime.now())
    await made.pass(35_000)
    made.drop()
    made.device.restart()
    await made.up()
    expect(made.published).toEqual([key(1)])
    expectOneGapAround(made, lost)
  }))

it('a device that refuses what is in its future after its clock was set back is one gap', () =>
  world(async (made) => {
    made.emit(1)
    await made.settle()
    made.device.drop()
    made.device.now -= 30 * 60 * SECOND
    await made.up()
    made.emit(2)
    await made.settle()
    expect(made.published).toEqual([key(1), key(2)])
    expect(made.gaps).toEqual(['the device does not send again what was missed'])
  }))

it('the gap of a device that refuses the past ends where live notifications are published', () =>
  world(async (made) => {
    made.emit(1)
    await made.settle()
    made.drop()
    made.device.endsReplay = false
    made.device.now -= 30 * 60 * SECOND
    while (made.device.subscribers === 0) await made.pass(1_000)
    await made.pass(3_000)
    made.emit(2)
    const left = formatTime(made.runtime.now())
    await made.up(10_000)
    expect(made.published).toEqual([key(1)])
    expect(made.gaps).toEqual(['the device does not send again what was missed'])
    expectOneGapAround(made, left)
  }))

it('what a device has forgotten is a gap also after the clock of the hub was set forward', () =>
  world(async (made) => {
    made.emit(1)
    await made.pass(60_000)
    made.runtime.setClock(made.device.now)
    await made.pass(120_000)
    made.isReachable = false
    made.drop()
    await made.pass(60_000)
    for (const k of [2, 3]) made.emit(k)
    await made.pass(60_000)
    made.device.forget(3)
    made.isReachable = true
    await made.up()
    expect(made.published).toEqual([key(1)])
    expect(made.gaps).toEqual(['the device has not kept all notifications that were missed'])
  }, HOUR))

it('a notification without content is counted once, however often it comes again', () =>
  world(async (made) => {
    made.device.emit('')
    made.emit(1)
    await made.settle()
    for (let nth = 0; nth < 3; nth++) {
      made.drop()
      await made.up()
    }
    made.device.emit('')
    await made.pass(1_000)
    expect(made.published).toEqual([key(1)])
    expect(made.status).toMatchObject({ state: 'up', lost: 2 })
    expect(made.host.data('hub/gap/netconf/r1').map(({ count }) => count)).toEqual([1, 1])
  }))

it('the device waits while the hub accepts nothing', () =>
  world(async (made) => {
    made.host.full = true
    for (let k = 0; k < 5; k++) made.emit(k)
    await made.pass(1_000)
    expect(made.published).toEqual([])
    made.host.full = false
    await made.pass(1_000)
    expect(made.published).toEqual([0, 1, 2, 3, 4].map(key))
  }))

it('what waits for the hub, and is forgotten by the device when the connection breaks, is one gap', () =>
  world(async (made) => {
    made.host.full = true
    made.emit(0)
    await made.pass(60_000)
    made.device.forget(1)
    made.drop()
    made.host.full = false
    await made.up()
    expect(made.published).toEqual([])
    expect(made.gaps).toHaveLength(1)
  }))

const counts = (keys: readonly string[]) => {
  const byKey = new Map<string, number>()
  for (const each of keys) byKey.set(each, (byKey.get(each) ?? 0) + 1)
  return byKey
}

it.each([
  ['RFC 5277', false, true],
  ['RFC 5277 and a log that does not say what it lacks', false, false],
  ['RFC 8639', true, true],
])(
  'with %s, whatever happens, nothing comes twice, and nothing is missing without a gap',
  {
    timeout: 300_000,
  },
  async (_name, isDynamic, saysAged) => {
    const steps = fc.array(step, { maxLength: 40 })
    const ahead = fc.constantFrom(-HOUR / 2, -SECOND, 0, SECOND / 3, HOUR)
    await fc.assert(
      fc.asyncProperty(steps, ahead, async (given, offset) => {
        const made = new World(offset, true, isDynamic)
        made.device.saysAged = saysAged
        const todo = isDynamic ? given : given.filter((each) => each.do !== 'suspend' && each.do !== 'resume')
        await made.start()
        const emitted: string[] = []
        // Such a log may also have forgotten one of two that are the same.
        const emit = (given: number) => {
          const k = saysAged ? given : emitted.length
          emitted.push(key(k))
          made.emit(k)
        }
        // Without a notification that has come, nothing says what such a log lacks.
        if (!saysAged) emit(0)
        for (const next of todo) {
          if (next.do === 'emit') emit(next.k)
          else await act(made, next)
          if (!saysAged && next.do === 'restart') emit(0)
        }
        made.host.full = false
        made.isReachable = true
        made.device.resume()
        await made.up()
        await made.pass(5_000)
        const [came, sent] = [counts(made.published), counts(emitted)]
        for (const [each, count] of came) expect(count).toBeLessThanOrEqual(sent.get(each) ?? 0)
        if (made.published.length < emitted.length) expect(made.gaps.length).toBeGreaterThan(0)
        const forgets = todo.filter(({ do: what }) => what === 'restart' || what === 'forget').length
        expect(made.gaps.length).toBeLessThanOrEqual(forgets)
        await made.close()
      }),
      { numRuns: repeats(25, 2000) },
    )
  },
)
