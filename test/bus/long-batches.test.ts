import { expect, test } from 'vitest'
import { encode } from '../../src/event/index.js'
import { TestBus, TestSink } from './fixture.js'

const MIB = 1024 * 1024
/** As in the bus. */
const BYTES_OF_ONE = 32 * MIB

const EVENTS = 12
const event = { tag: 'long/x', body: encode('x'.repeat(8 * MIB)) }

/** A peer that takes nothing until the test lets it. */
class SlowSink extends TestSink {
  isStuck = true
  readonly held = new Set<ArrayBufferLike>()

  override write(pieces: readonly Uint8Array[]): void {
    super.write(pieces)
    if (!this.isStuck) return
    for (const { buffer, length } of pieces) {
      this.held.add(buffer)
      this.pending += length
    }
  }

  /** Takes what waits. */
  take(): void {
    this.held.clear()
    this.pending = 0
    this.api!.drained()
  }
}

async function longLog(): Promise<TestBus> {
  const hub = await TestBus.open({
    maxBytes: 1024 * MIB,
    grants: { many: { see: '*' }, other: { see: '*' } },
  })
  for (let nth = 0; nth < EVENTS; nth++) hub.store(event)
  await hub.runtime.settle()
  return hub
}

const heldBy = (sinks: SlowSink[]) => new Set(sinks.flatMap(({ held }) => [...held]))

test('long events that wait for the peers of one principal take bounded memory, and all get everything', async () => {
  const hub = await longLog()
  const sinks: SlowSink[] = []
  for (let seq = 1; seq <= EVENTS; seq++)
    sinks.push((await hub.subscribe({ as: 'many', sink: new SlowSink(), from: `@${seq}` })) as SlowSink)
  const bytes = () => [...heldBy(sinks)].reduce((sum, { byteLength }) => sum + byteLength, 0)
  expect(bytes()).toBeGreaterThan(BYTES_OF_ONE / 2)
  const other = (await hub.subscribe({ as: 'other', sink: new SlowSink(), from: 'start' })) as SlowSink
  expect(other.held.size).toBe(1)
  for (let round = 0; round < EVENTS * EVENTS && bytes() > 0; round++) {
    expect(bytes()).toBeLessThanOrEqual(BYTES_OF_ONE)
    sinks.find(({ held }) => held.size > 0)!.take()
    await hub.runtime.settle()
  }
  expect(sinks.map(({ events }) => events.length)).toEqual(sinks.map((_, nth) => EVENTS - nth))
  await hub.bus.close()
})

test('eight peers of a principal take a long event at a time, and those that take nothing keep no other waiting', async () => {
  const hub = await longLog()
  const sinks: SlowSink[] = []
  for (let nth = 0; nth < 20; nth++)
    sinks.push((await hub.subscribe({ as: 'many', sink: new SlowSink(), from: 'start' })) as SlowSink)
  const served = () => sinks.filter(({ held }) => held.size === 1).length
  expect(served()).toBe(8)
  sinks[0].isStuck = false
  sinks[0].take()
  await hub.runtime.settle()
  // Another had its turn.
  expect(served()).toBe(8)
  expect(sinks[0].events.length).toBe(1)
  await hub.runtime.pass(11_000)
  expect(served()).toBe(16)
  await hub.runtime.pass(11_000)
  expect(served()).toBe(19)
  for (let turn = 0; turn < 10 * EVENTS; turn++) await hub.runtime.settle()
  expect(sinks[0].events.length).toBe(EVENTS)
  expect(heldBy(sinks).size).toBe(1)
  await hub.bus.close()
})

test('a subscription that ends makes room for those that wait at once', async () => {
  const hub = await longLog()
  const sinks: SlowSink[] = []
  for (let seq = 1; seq <= 6; seq++)
    sinks.push((await hub.subscribe({ as: 'many', sink: new SlowSink(), from: `@${seq}` })) as SlowSink)
  const waiting = sinks.filter(({ held }) => held.size === 0)
  expect(waiting.length).toBeGreaterThan(1)
  for (const sink of sinks) if (sink.held.size > 0) sink.api!.close()
  await hub.runtime.settle()
  expect(waiting.every(({ held }) => held.size === 1)).toBe(true)
  await hub.bus.close()
})
