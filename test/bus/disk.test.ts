import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { encode } from '../../src/event/index.js'
import { openLmdbLog } from '../../src/log/index.js'
import { openLmdbState } from '../../src/state/index.js'
import { clockByHand, type FakeRuntime } from '../helpers/fake-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { TestBus, type TestSink, typeOf } from './fixture.js'

let hub: TestBus
let folder: string
let runtime: FakeRuntime

async function open(segment?: { bytes: number }): Promise<void> {
  const log = await openLmdbLog({ runtime, typeOf, folder: join(folder, 'log'), commitPause: 0, segment })
  const state = await openLmdbState({ runtime, folder: join(folder, 'state') })
  hub = await TestBus.open({ runtime, log, state })
  onTestFinished(() => close())
}

async function close(): Promise<void> {
  await hub.bus.close()
  await hub.log.close()
  await hub.state.close()
}

async function restart(): Promise<void> {
  await close()
  await open()
}

/** Waits for the disk until the condition is true. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    runtime.advance(1)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

beforeEach(async () => {
  folder = temporaryFolder('log')
  runtime = clockByHand()
  await open()
})

describe('a bus on a disk', () => {
  it('tells everyone who passes events of a missing segment that they are gone, once', async () => {
    await close()
    await open({ bytes: 1 })
    for (const tag of ['a/1', 'a/2', 'a/3']) {
      hub.store({ tag })
      await until(() => hub.log.stats.unflushedBytes === 0)
    }
    await close()
    rmSync(join(folder, 'log', 'segments', '0000000000000003'), { recursive: true })
    await open()
    hub.store({ tag: 'a/4' })
    const gap = { type: 'gap', from: 3, to: 3, reason: 'lost-in-damage', next: 3 }
    const stories = { start: [1, 2, 'gap', 4, 'live'], '@2': [2, 'gap', 4, 'live'], '@3': ['gap', 4, 'live'] }
    for (const [from, story] of Object.entries(stories)) {
      const sink = await hub.subscribe({ from })
      await until(() => sink.story.includes('live'))
      expect([sink.gaps, sink.story]).toEqual([[gap], story])
    }
    const resumed = await hub.subscribe({ from: hub.cursor(2), filters: { prefix: { tag: 'a/' } } })
    await until(() => resumed.story.includes('live'))
    expect(resumed.story).toEqual(['gap', 4, 'live'])
  })

  it('reports durable after accepted, when the events are flushed', async () => {
    const publisher = hub.publisher()
    publisher.api.awaitDurable(2)
    publisher.send({ tag: 'a' }, { tag: 'b' })
    await until(() => publisher.told.length === 2)
    expect(publisher.take()).toEqual([
      ['accepted', 2, 2],
      ['durable', 2],
    ])
    expect(hub.log.stats.unflushedBytes).toBe(0)
  })

  it('acknowledges a repeated event after a restart, using the log alone', async () => {
    hub.publisher({ producer: 'p' }).send({ tag: 'a' }, { tag: 'b' })
    await restart()
    const publisher = hub.publisher({ producer: 'p' })
    expect(publisher.api.lastCounter).toBe(2)
    publisher.api.awaitDurable(2)
    publisher.send({ tag: 'b', seq: 2 })
    await until(() => publisher.told.length === 2)
    expect(publisher.take().map(([what, counter]) => [what, counter])).toEqual([
      ['durable', 2],
      ['accepted', 2],
    ])
    expect(hub.log.last).toBe(2)
  })

  it('keeps the counters of all producers over several restarts', async () => {
    hub.publisher({ producer: 'p' }).send({ tag: 'a' })
    await restart()
    hub.publisher({ producer: 'q' }).send({ tag: 'a' })
    await restart()
    expect(hub.publisher({ producer: 'p' }).api.lastCounter).toBe(1)
    expect(hub.publisher({ producer: 'q' }).api.lastCounter).toBe(1)
  })

  it('continues with every subscriber after its cursor', async () => {
    hub.store({ tag: 'a' }, { tag: 'b' })
    const cursor = hub.cursor(1)
    await restart()
    hub.store({ tag: 'c' })
    const sink = await hub.subscribe({ from: cursor })
    await until(() => sink.seqs.length === 2)
    expect(sink.tags).toEqual(['b', 'c'])
    expect(sink.gaps).toEqual([])
  })
})

describe('a durable consumer on a disk', () => {
  const redelivered = (sink: TestSink) =>
    sink.events.filter((event) => event.redelivered).map(({ seq }) => seq)
  const parkedCount = () => hub.bus.consumers.parkedCount

  it('keeps its position, open events and parked events over a restart', async () => {
    const sink = await hub.subscribe({ consumer: 'work' })
    hub.store({ tag: 'a' }, { tag: 'b' }, { tag: 'c', body: encode('x'.repeat(600_000)) }, { tag: 'd' })
    await until(() => sink.seqs.length === 4)
    sink.api.ack([1, 4], 'done', {})
    sink.api.ack([3], 'park', { reason: 'too large' })
    await until(() => parkedCount() === 1)
    await restart()
    expect(parkedCount()).toBe(1)
    const again = await hub.subscribe({ consumer: 'work' })
    await until(() => again.seqs.length === 1)
    expect(redelivered(again)).toEqual([2])
    again.api.ack([2], 'done', {})
    const consumer = hub.bus.consumers.get(hub.access.principal('admin'), 'work')
    expect(consumer.settledUpTo).toBe(4)
    const [ref] = await parked()
    expect(consumer.redeliver([ref])).toBe(1)
    await until(() => again.seqs.length === 2)
    expect(again.events[1]).toMatchObject({ seq: 3, redelivered: true, data: 'x'.repeat(600_000) })
    again.api.ack([3], 'done', {})
    await until(() => parkedCount() === 0)
  })

  async function parked() {
    const refs = []
    for await (const { ref } of hub.bus.consumers.parked.list('work')) refs.push(ref)
    return refs
  }
})
