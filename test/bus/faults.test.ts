import { expect, it, vi } from 'vitest'
import { LentBatches } from '../../src/bus/lent-batches.js'
import { LongBatches } from '../../src/bus/long-batches.js'
import { MatchingFrames } from '../../src/bus/matching-frames.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { FrameReader } from '../../src/log/frame-reader.js'
import { currentPart } from '../../src/parts/boundary.js'
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

it('what a peer is given is work of its part, live and while it catches up', async () => {
  const hub = await TestBus.open()
  await hub.publish('one')
  const { part } = partOf('face')
  const sink = new TestSink()
  const parts: unknown[] = []
  sink.onWrite = () => parts.push(currentPart())
  await part.run(() => hub.subscribe({ sink, from: 'start' }))
  await hub.publish('two')
  expect(sink.seqs).toEqual([1, 2])
  expect(parts).toEqual([part, part])
})

it('a fault of the core that a peer meets while it is written to is not one of its part', async () => {
  const hub = await TestBus.open()
  const { part } = partOf('face')
  const sink = new TestSink()
  await part.run(() => hub.subscribe({ sink }))
  using faults = new Faults()
  sink.onWrite = () => sink.api.change(filters)
  hub.store({ tag: 'one' })
  expect(() => hub.bus.flush()).toThrow(CoreFault)
  expect(faults.core).toEqual([broken])
  expect(faults.parts).toEqual([])
})

it('what the bus throws while a peer catches up is a fault of the core, and ends this peer', async () => {
  const hub = await TestBus.open()
  await hub.publish('one')
  const { part, failures } = partOf('face')
  const spy = vi.spyOn(MatchingFrames.prototype, 'step').mockImplementation(throwing(broken))
  using faults = new Faults()
  const sink = await part.run(() => hub.subscribe({ from: 'start', filters: 'o*' }))
  spy.mockRestore()
  expect(faults.core).toEqual([broken])
  expect([faults.parts, failures]).toEqual([[], []])
  expect(sink.ended).toMatchObject({ code: 'TCN_INTERNAL' })
})

it.each([
  [broken, 'a fault of the core', [broken], 'TCN_INTERNAL'],
  [Object.assign(new Error('no more'), { code: 'EMFILE' }), 'an answer', [], 'TCN_FILE_TOO_MANY'],
  [new TocsinError('TCN_LOG_READ'), 'an answer', [], 'TCN_LOG_READ'],
])('%s that the log throws while a peer catches up is %s', async (thrown, _, core, code) => {
  const hub = await TestBus.open()
  await hub.publish('one')
  const read = vi.spyOn(hub.log, 'read')
  read.mockImplementation((from, limits) => {
    const source = { find: throwing(thrown) }
    return new FrameReader(hub.runtime, source, { from, first: 1, last: 1 }, limits ?? {})
  })
  using faults = new Faults()
  const sink = await hub.subscribe({ from: 'start' })
  expect(faults.core).toEqual(core)
  expect(sink.ended).toMatchObject({ code })
})
