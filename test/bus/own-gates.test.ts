import { beforeEach, expect, it } from 'vitest'
import { TestBus, type TestSink } from './fixture.js'

let hub: TestBus

beforeEach(async () => {
  hub = await TestBus.open({ grants: { guard: { see: '*', gate: '*' } } })
})

const guard = (program?: string): Promise<TestSink> =>
  hub.subscribe({ label: 'guard', gates: ['audit'], as: 'guard', peer: { program } })

function publish(cause?: { as: string; program?: string }) {
  const story = { isOver: false, missing: [] as unknown[] }
  const by = cause && { principal: hub.access.principal(cause.as), program: cause.program }
  void hub.bus.gates
    .publish({ tag: 'audit/1', data: {}, attributes: { held: true } }, 'audit', by)
    .then((outcome) => {
      story.isOver = true
      story.missing = outcome.missing
    })
  return story
}

it('an event of the hub waits until all subscribers have answered', async () => {
  expect(hub.bus.gates.isAwaited('audit')).toBe(false)
  const [one, two] = [await guard(), await guard()]
  expect(hub.bus.gates.isAwaited('audit')).toBe(true)
  const story = publish()
  await hub.runtime.settle()
  one.api.gateDone('audit', 1, null)
  await hub.runtime.settle()
  expect(story.isOver).toBe(false)
  two.api.gateDone('audit', 1, null)
  await hub.runtime.settle()
  expect(story).toEqual({ isOver: true, missing: [] })
})

it('it does not wait for who has left, nor for who is late', async () => {
  const [gone, late] = [await guard(), await guard()]
  const story = publish()
  await hub.runtime.settle()
  gone.api.close()
  await hub.runtime.pass(119_999)
  expect(story.isOver).toBe(false)
  await hub.runtime.pass(1)
  expect(story.missing).toMatchObject([{ reason: 'left' }, { reason: 'timeout' }])
  late.api.close()
})

it('an event may wait for less time than the hub allows, not for more', async () => {
  const late = await guard()
  const over: number[] = []
  for (const deadline of [1000, 1_000_000])
    void hub.bus.gates
      .publish({ tag: 'audit/1', data: {} }, 'audit', undefined, deadline)
      .then(() => over.push(deadline))
  await hub.runtime.pass(999)
  expect(over).toEqual([])
  await hub.runtime.pass(1)
  expect(over).toEqual([1000])
  await hub.runtime.pass(119_000)
  expect(over).toEqual([1000, 1_000_000])
  late.api.close()
})

it('a program does not wait for itself, but for others of the same principal', async () => {
  const itself = await guard('auditor[1]')
  const own = publish({ as: 'guard', program: 'auditor[1]' })
  await hub.runtime.settle()
  expect(own.isOver).toBe(true)
  expect(itself.statuses.filter(({ type }) => type === 'gate')).toEqual([])
  const others = [
    publish({ as: 'guard', program: 'auditor[2]' }),
    publish({ as: 'admin', program: 'auditor[1]' }),
    publish({ as: 'guard' }),
  ]
  await hub.runtime.settle()
  expect(others.map(({ isOver }) => isOver)).toEqual([false, false, false])
  for (const seq of [2, 3, 4]) itself.api.gateDone('audit', seq, null)
  await hub.runtime.settle()
  expect(others.every(({ isOver }) => isOver)).toBe(true)
})

it('the gates of the hub take none from the limit of a principal', async () => {
  await guard()
  for (let n = 0; n < 1001; n++) publish()
  const publisher = hub.publisher({ as: 'admin' })
  publisher.api.gate('audit', 1)
  publisher.send({ tag: 'audit/2' })
  await hub.runtime.settle()
  expect(publisher.take().map(([what]) => what)).not.toContain('refused')
})

it('nothing waits when the bus stops', async () => {
  await guard()
  const open = publish()
  await hub.runtime.settle()
  await hub.bus.close()
  const late = publish()
  await hub.runtime.settle()
  expect([open.isOver, late.isOver]).toEqual([true, true])
})
