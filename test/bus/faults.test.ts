import { expect, it, vi } from 'vitest'
import { LentBatches } from '../../src/bus/lent-batches.js'
import { LongBatches } from '../../src/bus/long-batches.js'
import { CoreFault } from '../../src/parts/core.js'
import { Faults, partOf, throwing } from '../parts/faults.js'
import { TestBus, TestSink } from './fixture.js'

const broken = new TypeError('broken')
/** Filters that the bus cannot read. */
const filters = Object.defineProperty({}, 'all', { get: throwing(broken), enumerable: true }) as never
const seqs = Object.defineProperty([1], Symbol.iterator, { get: throwing(broken) }) as number[]

const calls: [name: string, consumer: string | undefined, call: (sink: TestSink) => void][] = [
  ['change', undefined, ({ api }) => api.change(filters)],
  ['drained', undefined, ({ api }) => api.drained()],
  ['close', undefined, ({ api }) => api.close()],
  ['ack', 'c', ({ api }) => api.ack(seqs, 'done', {})],
]

it.each(calls)(
  'what the bus throws when a part calls %s is no fault of that part',
  async (_, consumer, call) => {
    const hub = await TestBus.open()
    await hub.publish('one')
    const { part, failures } = partOf('face')
    const sink = await part.run(() => hub.subscribe({ consumer, from: 'start' }))
    expect(sink.seqs).toEqual([1])
    using faults = new Faults()
    const spies = [
      vi.spyOn(LentBatches.prototype, 'taken').mockImplementation(throwing(broken)),
      vi.spyOn(LongBatches.prototype, 'left').mockImplementation(throwing(broken)),
    ]
    try {
      expect(() => part.run(() => call(sink))).toThrow(CoreFault)
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
    expect(faults.core).toEqual([broken])
    expect([faults.parts, failures]).toEqual([[], []])
  },
)

it.each([undefined, 'c'])(
  'what the bus throws later while a part subscribes is a fault of the core',
  async (consumer) => {
    const hub = await TestBus.open()
    const { part } = partOf('face')
    using faults = new Faults()
    const subscribed = part.run(() => hub.subscribe({ consumer, filters }))
    await expect(subscribed).rejects.toThrow('broken')
    expect(faults.core).toEqual([broken])
    expect(faults.parts).toEqual([])
  },
)

it('a peer that throws when it is asked what waits for it ends, and nobody else', async () => {
  const hub = await TestBus.open()
  const { part } = partOf('face')
  using faults = new Faults()
  const [bad, good] = [new TestSink(), new TestSink()]
  await part.run(() => hub.subscribe({ sink: bad }))
  await part.run(() => hub.subscribe({ sink: good }))
  Object.defineProperty(bad, 'pending', { get: throwing(broken) })
  await hub.publish('one', 'two')
  expect(bad.ended).toMatchObject({ code: 'TCN_INTERNAL' })
  expect(good.seqs).toEqual([1, 2])
  expect(faults.parts).toEqual([['face test', broken]])
  expect(faults.core).toEqual([])
})
