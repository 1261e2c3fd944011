import { expect, test } from 'vitest'
import type { Piece } from '../../src/bus/sink.js'
import { encode } from '../../src/event/index.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { openLmdb } from '../log/lmdb-folder.js'
import { TestBus, type TestPublisher, TestSink } from './fixture.js'

const EVENTS = 2000
const body = encode('x'.repeat(4000))

/** A sink that looks at the written bytes again when its peer takes them, or at the end. */
class LateSink extends TestSink {
  readonly keepsNothing: boolean
  readonly memories = new Set<ArrayBufferLike>()
  readonly changed: Uint8Array[] = []
  #waiting: { piece: Uint8Array; copy: Buffer }[] = []

  constructor(keepsNothing: boolean) {
    super()
    this.keepsNothing = keepsNothing
    this.stall()
  }

  override write(pieces: readonly Piece[]): void {
    const bytes = pieces as readonly Uint8Array[]
    super.write(bytes.map((piece) => Uint8Array.from(piece)))
    for (const piece of bytes) {
      this.memories.add(piece.buffer)
      this.#waiting.push({ piece, copy: Buffer.from(piece) })
    }
  }

  /** Compares what was written with the memory now. */
  check(): void {
    for (const { piece, copy } of this.#waiting) if (!copy.equals(piece)) this.changed.push(copy)
  }

  take(): void {
    if (this.keepsNothing) {
      this.check()
      this.#waiting = []
    }
    this.pending = 0
    if (this.ended === undefined) this.api.drained()
  }
}

async function longLog(): Promise<TestBus> {
  const runtime = clockByHand()
  const log = await openLmdb({ runtime, ringBytes: 1, slabBytes: 1024 * 1024 })
  const hub = await TestBus.open({ runtime, log })
  const publisher: TestPublisher = hub.publisher()
  for (let nth = 0; nth < EVENTS; nth += 100) {
    publisher.send(
      ...Array.from({ length: 100 }, (_, at) => ({ tag: `${at % 2 ? 'odd' : 'even'}/${nth}`, body })),
    )
    await log.durable(log.last)
  }
  return hub
}

/** Lets the peers take what waits for them, one in each turn, until all have everything. */
async function replay(hub: TestBus, sinks: LateSink[], filters?: string[]): Promise<void> {
  for (const [nth, sink] of sinks.entries()) {
    const from = hub.cursor(nth * 150)
    sink.api = await hub.bus.subscribe(
      hub.access.principal('admin'),
      { label: 'test', from, to: `@${EVENTS}`, filters },
      sink,
    )
  }
  for (let turn = 0; sinks.some(({ ended }) => ended === undefined); turn++) {
    sinks[(turn * 5) % sinks.length].take()
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const sink of sinks) sink.check()
}

test('bytes stay as they were written until the peer has taken them, and their memory is used again', async () => {
  const hub = await longLog()
  const sinks = Array.from({ length: 4 }, () => new LateSink(true))
  await replay(hub, sinks)
  expect(sinks.map(({ changed }) => changed.length)).toEqual([0, 0, 0, 0])
  expect(sinks.map(({ events }) => events.length)).toEqual([0, 150, 300, 450].map((seq) => EVENTS - seq))
  const memories = new Set(sinks.flatMap((sink) => [...sink.memories]))
  expect(memories.size).toBeLessThan(30)
  await hub.bus.close()
  await hub.log.close()
})

test('a sink that may keep bytes finds them unchanged for ever', async () => {
  const hub = await longLog()
  const [keeps, takes] = [new LateSink(false), new LateSink(true)]
  await replay(hub, [keeps, takes])
  expect([keeps.changed.length, takes.changed.length]).toEqual([0, 0])
  expect(keeps.events.length).toBe(EVENTS)
  await hub.bus.close()
  await hub.log.close()
})

test('matching frames stay as they were written too, whether they were copied or not', async () => {
  const hub = await longLog()
  const sinks = [true, true, false].map((keepsNothing) => new LateSink(keepsNothing))
  await replay(hub, sinks, ['even/*'])
  expect(sinks.map(({ changed }) => changed.length)).toEqual([0, 0, 0])
  expect(sinks.map(({ events }) => events.length)).toEqual([0, 150, 300].map((seq) => (EVENTS - seq) / 2))
  await hub.bus.close()
  await hub.log.close()
})
