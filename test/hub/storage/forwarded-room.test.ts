import { expect, it, onTestFinished, vi } from 'vitest'
import { TickBudget } from '../../../src/bus/tick-budget.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { encode, encodeFrame } from '../../../src/event/index.js'
import type { Runtime } from '../../../src/event/runtime.js'
import { ForwardedCheck } from '../../../src/hub/storage/forwarded-check.js'
import { RoomMaker } from '../../../src/hub/storage/forwarded-room.js'
import type { WhenFull } from '../../../src/hub/storage/retention.js'
import { Forwarded } from '../../../src/upstream/forwarded.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { openLmdb } from '../../log/lmdb-folder.js'

const typing = { typeOf: (tag: string) => tag }
const fill = encode('x'.repeat(4000))

/** A log of five segments or more on a disk that stays full until all but two are gone. */
async function fullLog(tags: (nth: number) => string) {
  const log = await openLmdb({ segment: { bytes: 20_000 } })
  onTestFinished(() => log.close())
  for (let nth = 1; nth <= 40; nth++) {
    const bytes = encodeFrame({ tag: tags(nth), body: fill })
    log.append({ bytes, count: 1, firstSeq: 0, lastSeq: 0 }, () => undefined)
    await log.durable(nth)
  }
  let isFull = true
  const stats = () => ({ ...log.stats, ...(isFull && { fault: new TocsinError('TCN_LOG_FULL') }) })
  const full = new Proxy(log, {
    get: (target, name) => {
      const value = name === 'stats' ? stats() : Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const relieve = () => {
    isFull = false
  }
  return { log: full, relieve }
}

/** The events that an upstream has forwarded: everything from the first event on that its filters select. */
function forwardedTo(seq: number, filters = ['a'], name = 'core'): Forwarded {
  const forwarded = new Forwarded(name, filters, () => 'it is away')
  forwarded.connected(undefined, 0, { lastCounter: 0, epoch: 'bbbbbbbbbbbbb', durable: true })
  forwarded.movedTo(seq)
  return forwarded
}

async function makeRoom(
  { log, relieve }: Awaited<ReturnType<typeof fullLog>>,
  upstreams: Forwarded[],
  whenFull: WhenFull = 'forwarded',
  runtime: Runtime = realRuntime,
) {
  const warnings: string[] = []
  const settings = { whenFull }
  const room = new RoomMaker({
    runtime,
    bus: { suspended: false },
    log,
    check: new ForwardedCheck(
      { log, budget: new TickBudget(realRuntime, { catchUpPerTick: 1e6 }) },
      typing,
      'hub',
    ),
    upstreams: () => upstreams,
    disk: async () => ({ free: 0, total: 8 }),
    compact: async (policy) => {
      const report = await log.compact(policy, 'full')
      if (log.stats.segments <= 2) relieve()
      return report
    },
    warn: (text) => warnings.push(text),
    whenFull: () => settings.whenFull,
  })
  room.start()
  onTestFinished(() => room.stop())
  return { room, warnings, settings }
}

it('removes the oldest segments that an upstream has until there is room', async () => {
  const full = await fullLog(() => 'a')
  const { room } = await makeRoom(full, [forwardedTo(40)])
  await vi.waitUntil(() => full.log.stats.fault === undefined)
  expect(full.log.stats.segments).toBe(2)
  expect(room.held).toBeUndefined()
})

it('keeps what waits for an upstream, and says so once', async () => {
  const full = await fullLog(() => 'a')
  const upstream = forwardedTo(20)
  const { room, warnings } = await makeRoom(full, [forwardedTo(40), upstream])
  await vi.waitUntil(() => room.held !== undefined)
  expect(room.held?.reason).toMatch(/^\d+ events wait for the upstream core: it is away$/)
  expect(full.log.first).toBeGreaterThan(10)
  expect(full.log.first).toBeLessThanOrEqual(21)
  upstream.movedTo(40)
  await vi.waitUntil(() => full.log.stats.fault === undefined)
  await vi.waitUntil(() => room.held === undefined)
  expect(warnings).toHaveLength(1)
})

it('keeps the segment of an event that no upstream has, unless all that is passed may go', async () => {
  const full = await fullLog((nth) => (nth === 25 ? 'b' : 'a'))
  const { room, settings } = await makeRoom(full, [forwardedTo(40)])
  await vi.waitUntil(() => room.held !== undefined)
  expect(room.held?.reason).toContain('@25 is at no upstream')
  expect(full.log.first).toBeLessThanOrEqual(25)
  settings.whenFull = 'passed'
  await vi.waitUntil(() => full.log.stats.fault === undefined)
  expect(full.log.first).toBeGreaterThan(25)
})

it('takes events that one of several upstreams has, and those of the hub about itself', async () => {
  const full = await fullLog((nth) => ['a', 'b', 'hub/started'][nth % 3])
  await makeRoom(full, [forwardedTo(40), forwardedTo(40, ['b'], 'other')])
  await vi.waitUntil(() => full.log.stats.fault === undefined)
})

it('removes nothing with `keep`, nor without an upstream', async () => {
  const full = await fullLog(() => 'a')
  const { room } = await makeRoom(full, [forwardedTo(40)], 'keep')
  await vi.waitUntil(() => room.held !== undefined)
  expect(room.held?.reason).toContain('`keep`')
  const runtime = new FakeRuntime()
  const { room: other } = await makeRoom(full, [], 'forwarded', runtime)
  await runtime.pass(10_000)
  expect(other.held).toBeUndefined()
  expect(full.log.first).toBe(1)
})
