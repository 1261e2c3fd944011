import { type Duplex, duplexPair } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatTime } from '../../../src/event/position.js'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'
import { netconfSource } from '../../../src/sources/netconf/index.js'
import { NetconfSource } from '../../../src/sources/netconf/source.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { clockByHand, type FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { ScriptedDevice } from '../../protocols/netconf/scripted-device.js'

const SECOND = 1_000_000
const HOUR = 3600 * SECOND

/** A source with a scripted device, whose clocks both stand still until the test moves them. */
class World {
  readonly runtime: FakeRuntime = clockByHand({ start: '2026-11-27T12:00:00Z' })
  readonly device: ScriptedDevice
  readonly host = new FakeHost(this.runtime)
  isReachable = true
  #runner: SourceRunner
  #stream: Duplex | undefined
  #device: Duplex | undefined

  /** The clock of the device is as much ahead, µs. */
  constructor(ahead = 0, hasReplay = true, isDynamic = false) {
    this.device = new ScriptedDevice('2026-11-27T11:00:00Z')
    if (isDynamic) this.device.makeDynamic()
    this.device.now = this.runtime.now() + ahead
    this.device.hasReplay = hasReplay
    this.#runner = this.#make()
  }

  async start(): Promise<void> {
    this.#runner.start()
    await this.up()
  }

  get status() {
    return this.#runner.status()
  }

  get published(): string[] {
    return this.host.events
      .filter(({ tag }) => tag.startsWith('netconf/'))
      .map(({ data }) => JSON.stringify((data as { content: unknown }).content))
  }

  get gaps(): unknown[] {
    return this.host.data('hub/gap/netconf/r1').map(({ reason }) => reason)
  }

  emit(k: number): void {
    this.device.emit(`<e xmlns="urn:e"><k>${k}</k></e>`)
  }

  /** Bytes of the device stand still on their way from now on. */
  hold(): void {
    this.#device?.cork()
  }

  /** The connection breaks, and bytes that are on the way are lost. */
  drop(): void {
    this.#stream?.destroy()
    this.device.drop()
  }

  async pass(ms: number): Promise<void> {
    this.device.now += ms * 1000
    this.runtime.advance(ms)
    await this.settle()
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let nth = 0; nth < 30; nth++) await new Promise((done) => setImmediate(done))
  }

  /** Passes time until the source is connected and has the past. */
  async up(): Promise<void> {
    await this.settle()
    for (let nth = 0; nth < 20 && (this.status.state !== 'up' || this.device.subscribers === 0); nth++)
      await this.pass(30_000)
    expect(this.status).toMatchObject({ state: 'up' })
    await this.pass(1_000)
  }

  async restartHub(): Promise<void> {
    const stopping = this.#runner.stop()
    await this.pass(1_000)
    await stopping
    this.#runner = this.#make()
    this.#runner.start()
    await this.settle()
  }

  async close(): Promise<void> {
    const stopping = this.#runner.stop()
    await this.pass(1_000)
    await stopping
  }

  #make(): SourceRunner {
    const [config] = netconfSourcesConfig.parse([
      { name: 'r1', host: 'r1', user: 'admin', passwordFile: '/none' },
    ])
    const create = () => new NetconfSource(config, async () => this.#dial())
    return new SourceRunner({ ...netconfSource(config), create }, this.host)
  }

  #dial() {
    if (!this.isReachable) throw new Error('not reachable')
    const [stream, end] = duplexPair()
    this.device.serve(end)
    this.#stream = stream
    this.#device = end
    return { stream, fingerprint: 'f', destroy: () => void stream.end().destroy() }
  }
}

const key = (k: number) => JSON.stringify({ k: String(k) })

async function world(run: (world: World) => Promise<void>, ...given: ConstructorParameters<typeof World>) {
  const made = new World(...given)
  await made.start()
  await run(made)
  await made.close()
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
    const gaps = made.host.data('hub/gap/netconf/r1')
    expect(gaps).toHaveLength(1)
    expect([gaps[0].from, lost, gaps[0].to].toSorted()).toEqual([gaps[0].from, lost, gaps[0].to])
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

type Step =
  | { do: 'emit'; k: number }
  | { do: 'pass'; ms: number }
  | { do: 'drop' | 'cut' | 'join' | 'restart' | 'restartHub' | 'fill' | 'empty' | 'suspend' | 'resume' }
  | { do: 'forget'; count: number }

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('emit' as const), k: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(100, 700, 4_000, 60_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'drop',
        'cut',
        'join',
        'restartHub',
        'fill',
        'empty',
        'restart',
        'suspend',
        'resume' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('forget' as const), count: fc.integer({ min: 1, max: 4 }) }),
  },
) as fc.Arbitrary<Step>

async function act(made: World, next: Step): Promise<void> {
  if (next.do === 'emit') made.emit(next.k)
  else if (next.do === 'pass') await made.pass(next.ms)
  else if (next.do === 'forget') made.device.forget(next.count)
  else if (next.do === 'restartHub') await made.restartHub()
  else if (next.do === 'drop') made.drop()
  else if (next.do === 'restart') made.device.restart()
  else if (next.do === 'suspend' || next.do === 'resume') made.device[next.do]()
  else if (next.do === 'fill' || next.do === 'empty') made.host.full = next.do === 'fill'
  else {
    made.isReachable = next.do === 'join'
    if (!made.isReachable) made.drop()
  }
  if (next.do !== 'emit') await made.settle()
}

const counts = (keys: readonly string[]) => {
  const byKey = new Map<string, number>()
  for (const each of keys) byKey.set(each, (byKey.get(each) ?? 0) + 1)
  return byKey
}

it.each([
  ['RFC 5277', false],
  ['RFC 8639', true],
])(
  'with %s, whatever happens, nothing comes twice, and nothing is missing without a gap',
  {
    timeout: 300_000,
  },
  async (_name, isDynamic) => {
    const steps = fc.array(step, { maxLength: 40 })
    const ahead = fc.constantFrom(-HOUR / 2, -SECOND, 0, SECOND / 3, HOUR)
    await fc.assert(
      fc.asyncProperty(steps, ahead, async (given, offset) => {
        const made = new World(offset, true, isDynamic)
        const todo = isDynamic ? given : given.filter((each) => each.do !== 'suspend' && each.do !== 'resume')
        await made.start()
        const emitted: string[] = []
        for (const next of todo) {
          if (next.do === 'emit') emitted.push(key(next.k))
          await act(made, next)
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
      { numRuns: 200 },
    )
  },
)
