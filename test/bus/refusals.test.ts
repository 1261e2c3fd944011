import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { Refusals } from '../../src/bus/refusals.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import type { EventLog } from '../../src/log/index.js'
import { openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { openLmdb } from '../log/lmdb-folder.js'
import { brittleLog } from './brittle-log.js'
import { TestBus } from './fixture.js'

const DENIED = 'TCN_ACCESS_DENIED'
const grants = { ci: { publish: ['demo/'] } }

async function openBus(log: EventLog): Promise<TestBus> {
  return TestBus.open({
    runtime: realRuntime as never,
    log,
    state: openMemoryState({ runtime: realRuntime }),
    grants,
  })
}

test('what was refused is stored with the next event, and known after a restart without a snapshot', async () => {
  const log = await openLmdb()
  const hub = await openBus(log)
  const before = hub.publisher({ as: 'ci', producer: 'p' })
  before.send({ tag: 'demo/1' }, { tag: 'no/2' }, { tag: 'no/3' }, { tag: 'demo/4' }, { tag: 'no/5' })
  await log.durable(log.last)
  await hub.bus.close()
  await log.close()
  const again = await openLmdb({ folder: log.folder })
  onTestFinished(() => again.close())
  const later = (await openBus(again)).publisher({ as: 'ci', producer: 'p' })
  expect(later.api.lastCounter).toBe(4)
  expect(later.api.refusals?.after(0)).toEqual([{ first: 2, last: 3, code: DENIED }])
})

test('a refused event that is repeated is refused again, though it would be accepted now', async () => {
  const log = await openLmdb()
  onTestFinished(() => log.close())
  const hub = await openBus(log)
  hub.publisher({ as: 'ci', producer: 'p' }).send({ tag: 'demo/1' }, { tag: 'no/2' }, { tag: 'demo/3' })
  const later = hub.publisher({ as: 'ci', producer: 'p' })
  later.send({ tag: 'demo/2', seq: 2 }, { tag: 'demo/3', seq: 3 })
  await expect.poll(() => later.told).toContainEqual(['accepted', 3, 2])
  expect(later.told[0]).toEqual(['refused', 2, DENIED, 'accept'])
  expect(log.last).toBe(2)
})

test('nothing of a named publisher is stored after an event that the log did not take, until it is repeated', async () => {
  const runtime = new FakeRuntime()
  const { log, disk } = brittleLog(runtime)
  const hub = await TestBus.open({ runtime, log })
  const publisher = hub.publisher({ producer: 'p' })
  disk.fault = new TocsinError('TCN_LOG_FULL')
  publisher.send({ tag: 'a' })
  disk.fault = undefined
  publisher.send({ tag: 'b' })
  expect(publisher.take()).toEqual([['closed', 'TCN_LOG_FULL']])
  expect([log.last, hub.publisher({ producer: 'p' }).api.lastCounter]).toEqual([0, 0])
})

/** What a publisher does, one after another: it sends events that are refused or not; some of the latter are stored. */
const deeds = fc.array(fc.constantFrom('valid', 'refused', 'other', 'stored'), { maxLength: 60 })

test('each counter up to the last stored one is refused or stored, never both, whatever comes in which order', () => {
  fc.assert(
    fc.property(deeds, (steps) => {
      const [here, there] = [new Refusals(), new Refusals()]
      const refused = new Set<number>()
      const given: { first: number; range: ReturnType<typeof rangeOf> }[] = []
      let [counter, last, told] = [0, 0, 0]
      const rangeOf = (at: number, after: number) => ({ last: at, refused: here.between(after, at) })
      for (const step of steps) {
        if (step === 'valid') {
          counter++
          given.push({ first: counter, range: rangeOf(counter, told) })
          told = counter
        } else if (step === 'stored') {
          const next = given.shift()
          if (next === undefined) continue
          last = next.first
          for (const known of [here, there]) known.take(next.range)
        } else {
          refused.add(++counter)
          here.add(counter, counter, step === 'other' ? 'TCN_TAG_EMPTY' : DENIED, told)
        }
      }
      for (let at = 1; at <= last; at++)
        for (const known of [here, there]) expect(known.codeOf(at) !== undefined).toBe(refused.has(at))
    }),
  )
})

test('more refusals than are remembered leave a mark up to which they are not known', () => {
  const refusals = new Refusals()
  for (let at = 2; at <= 2000; at += 2)
    refusals.take({ last: at, refused: [{ first: at - 1, last: at - 1, code: DENIED }] })
  expect(refusals.after(0).length).toBe(500)
  expect(refusals.forgotten).toBe(refusals.after(0)[0].first - 2)
})
