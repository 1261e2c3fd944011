import { type Duplex, duplexPair } from 'node:stream'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { z } from 'zod'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'
import { netconfSource } from '../../../src/sources/netconf/index.js'
import { NetconfSource } from '../../../src/sources/netconf/source.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { clockByHand, type FakeRuntime } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { ScriptedDevice } from '../../protocols/netconf/scripted-device.js'

export const SECOND = 1_000_000
export const HOUR = 3600 * SECOND

/** A source with a scripted device, whose clocks both stand still until the test moves them. */
export class World {
  readonly runtime: FakeRuntime = clockByHand({ start: '2026-11-27T12:00:00Z' })
  readonly device: ScriptedDevice
  readonly host = new FakeHost(this.runtime)
  isReachable = true
  readonly #pushes: z.input<typeof netconfSourcesConfig>[number]['push']
  #runner: SourceRunner
  #stream: Duplex | undefined
  #device: Duplex | undefined

  /** The clock of the device is as much ahead, µs. */
  constructor(ahead = 0, hasReplay = true, isDynamic = false, pushes: string[] = []) {
    this.#pushes = pushes.map((name) => ({ name, filter: { subtree: '<i xmlns="urn:i"/>' } }))
    this.device = new ScriptedDevice('2026-11-27T11:00:00Z')
    if (isDynamic) this.device.makeDynamic()
    this.device.now = this.runtime.now() + ahead
    this.device.hasReplay = hasReplay
    this.#runner = this.#make()
  }

  async start(step?: number): Promise<void> {
    this.#runner.start()
    await this.up(step)
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

  /** The gaps that begin before the one before them has ended. */
  get overlaps(): unknown[] {
    const gaps = this.host.data('hub/gap/netconf/r1')
    return gaps.slice(1).filter(({ from }, nth) => String(from) < String(gaps[nth].to))
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
  async up(step = 30_000): Promise<void> {
    await this.settle()
    for (let nth = 0; nth < 20 && (this.status.state !== 'up' || this.device.subscribers === 0); nth++)
      await this.pass(step)
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
      { name: 'r1', host: 'r1', user: 'admin', passwordFile: '/none', push: this.#pushes },
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

export async function world(
  run: (world: World) => Promise<void>,
  ...given: ConstructorParameters<typeof World>
) {
  const made = new World(...given)
  await made.start()
  await run(made)
  await made.close()
}

export type Step =
  | { do: 'emit'; k: number }
  | { do: 'pass'; ms: number }
  | { do: 'drop' | 'cut' | 'join' | 'restart' | 'restartHub' | 'fill' | 'empty' | 'suspend' | 'resume' }
  | { do: 'forget'; count: number }

export const step = fc.oneof(
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

export async function act(made: World, next: Step): Promise<void> {
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
