import { expect, it } from 'vitest'
import { Event } from '../../src/event/event.js'
import { type PartFault, partFaults } from '../../src/parts/boundary.js'
import { SourceRunner } from '../../src/sources/runner.js'
import type { Source, SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

const ITEMS = ['one', 'two', 'three']

/** Publishes the items in their order, from the position on. `isLive`: they cannot be read again. */
class ItemSource implements Source {
  readonly #isLive: boolean
  readonly #raw: (item: string) => string

  constructor(isLive: boolean, raw = (item: string) => item) {
    this.#isLive = isLive
    this.#raw = raw
  }

  async start(context: SourceContext): Promise<void> {
    let next = (await context.load<number>()) ?? 0
    context.runtime.after(1, () => {
      for (; next < ITEMS.length; next++) {
        const data = { item: ITEMS[next] }
        const item = { place: this.#isLive ? undefined : `item ${next}`, raw: this.#raw(ITEMS[next]) }
        const isTaken = context.attempt(
          () => context.publish('item', data),
          () => item,
        )
        if (!isTaken) return
        const position = next + 1
        context.moved(() => position)
      }
    })
  }
  stop = () => Promise.resolve()
  health = () => ({ state: 'up' as const, details: {} })
}

async function started(source: () => Source, host: FakeHost) {
  const runner = new SourceRunner({ name: 'files/t', create: source }, host)
  runner.start()
  await (host.runtime as FakeRuntime).pass(1)
  return runner
}

const itemsOf = (host: FakeHost) => host.data('host/web1/files/t/item').map(({ item }) => item)

function faultsDuring() {
  const faults: string[] = []
  const take = (message: unknown) => void faults.push(String((message as PartFault).thrown))
  partFaults.subscribe(take)
  return { faults, [Symbol.dispose]: () => void partFaults.unsubscribe(take) }
}

it('a source that fails ten times at an item parks it and continues with the next one', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  host.throwsAt = 'two'
  using seen = faultsDuring()
  const runner = await started(() => new ItemSource(false), host)
  expect(itemsOf(host)).toEqual(['one'])
  expect(runner.status()).toMatchObject({ state: 'down', reason: 'cannot take two', parked: 0 })
  await runtime.pass(60_000)
  expect(itemsOf(host)).toEqual(['one', 'three'])
  expect(seen.faults).toEqual(Array.from({ length: 10 }, () => 'Error: cannot take two'))
  expect(runner.status()).toMatchObject({ state: 'up', parked: 1, lost: 1, restarts: 10 })
  expect(host.data('hub/gap/files/t')).toEqual([
    expect.objectContaining({ count: 1, reason: 'parked after 10 failures: cannot take two' }),
  ])
  const [{ source, tries, reason, isStored, frame }, ...others] = host.parked
  expect(others).toEqual([])
  expect({ source, tries, reason, isStored }).toEqual({
    source: 'files/t',
    tries: 10,
    reason: 'cannot take two',
    isStored: undefined,
  })
  const event = new Event(frame)
  expect([event.tag, event.source]).toEqual(['host/web1/files/t/parked', 'host/web1/files/t'])
  expect(event.data).toEqual({ place: 'item 1', raw: 'two', length: 3 })
  expect(event.time).toBeGreaterThan(0)
})

it('an item is taken when it no longer fails', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  host.throwsAt = 'two'
  const runner = await started(() => new ItemSource(false), host)
  await runtime.pass(500)
  host.throwsAt = undefined
  await runtime.pass(60_000)
  expect(itemsOf(host)).toEqual(ITEMS)
  expect(host.parked).toEqual([])
  expect(runner.status()).toMatchObject({ state: 'up', parked: 0, lost: 0 })
})

it('an item that no source can read again is left out at once, named and counted', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  host.throwsAt = 'two'
  using seen = faultsDuring()
  const runner = await started(() => new ItemSource(true), host)
  expect(itemsOf(host)).toEqual(['one', 'three'])
  expect(runner.status()).toMatchObject({ state: 'up', restarts: 0, lost: 1, parked: 0 })
  expect(seen.faults).toEqual(['Error: cannot take two'])
  await runtime.pass(1_000)
  expect(host.data('hub/gap/files/t')).toEqual([
    expect.objectContaining({ count: 1, reason: 'dropped: cannot take two' }),
  ])
})

it('64 KiB of a parked item are kept, as bytes if they are no text', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  host.throwsAt = 'two'
  await started(() => new ItemSource(false, (item) => `${item}${'€'.repeat(100_000)}`), host)
  await runtime.pass(60_000)
  const { raw, length } = new Event(host.parked[0].frame).data as { raw: Uint8Array; length: number }
  expect(raw).toHaveLength(64 * 1024)
  expect(length).toBe(300_003)
})

it('a position after a parked item is stored when the item is', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  host.throwsAt = 'two'
  let stored!: () => void
  host.park = () => new Promise<void>((done) => (stored = done))
  await started(() => new ItemSource(false), host)
  await runtime.pass(60_000)
  const kept = () => JSON.parse(new TextDecoder().decode(host.store.get('files/t'))).position
  expect(kept()).toBe(1)
  stored()
  await runtime.settle()
  expect(kept()).toBe(3)
})
