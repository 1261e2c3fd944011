import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, type ConnectionStatus, connect } from '../../src/client/index.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { eventually } from './eventually.js'
import { SmallDisk } from './small-disk.js'

const MiB = 2 ** 20
const fill = randomBytes(750).toString('base64')

/** A core, an edge hub on a small disk, and a program that publishes there. */
class Stage implements AsyncDisposable {
  /** The numbers that were acknowledged as durable. */
  readonly durable: number[] = []
  readonly edge: HubProcess
  readonly #folder: string
  #core: HubProcess
  readonly #here: Client
  readonly #watching: Client
  #isBlocked = false
  #last = 0

  private constructor(folder: string, core: HubProcess, edge: HubProcess, clients: [Client, Client]) {
    this.#folder = folder
    this.#core = core
    this.edge = edge
    ;[this.#here, this.#watching] = clients
  }

  static async start(): Promise<Stage> {
    const folder = temporaryFolder('edge-full')
    for (const name of ['edge', 'core']) mkdirSync(join(folder, name), { mode: 0o700 })
    const disk = new SmallDisk(join(folder, 'edge', 'data'), 24 * MiB)
    onTestFinished(() => {
      disk[Symbol.dispose]()
    })
    const core = await HubProcess.start({ folder: join(folder, 'core') })
    const upstream = `{ name: core, edge: e, servers: ['${core.socket}'], filter: [a] }`
    const config = `upstreams: [${upstream}]\nlog: { compression: off }\n`
    const edge = await HubProcess.start({ folder: join(folder, 'edge'), config })
    const onStatus = (status: ConnectionStatus) => {
      stage.#isBlocked ||= status.code === 'TCN_BUS_SUSPENDED'
    }
    const here = await connect({ address: edge.socket, window: 2000, onStatus })
    const stage = new Stage(folder, core, edge, [here, await connect({ address: edge.socket })])
    await eventually(async () => (await stage.upstream()).state === 'up')
    return stage
  }

  async upstream(): Promise<HubStatus['sources'][number]> {
    return (await this.status()).sources[0]
  }

  status(): Promise<HubStatus> {
    return this.#watching.request<HubStatus>('hub.status')
  }

  loseCore(): Promise<unknown> {
    return this.#core.stop()
  }

  async bringCoreBack(): Promise<void> {
    this.#core = await HubProcess.start({ folder: join(this.#folder, 'core') })
  }

  publish(): Promise<unknown> {
    const n = ++this.#last
    return this.#here.publish('a', { n, fill }, { ack: 'durable' }).then(
      () => this.durable.push(n),
      () => undefined,
    )
  }

  /** Publishes until nothing more is acknowledged. */
  async publishUntilBlocked(): Promise<void> {
    while (!this.#isBlocked) {
      const group = Array.from({ length: 100 }, () => this.publish())
      await Promise.race([Promise.all(group), eventually(() => this.#isBlocked)])
    }
  }

  async numbersAtCore(): Promise<number[]> {
    await using there = await connect({ address: this.#core.socket })
    const numbers: number[] = []
    for await (const { data } of there.read('a', { from: 'start' }).events())
      numbers.push((data as { n: number }).n)
    return numbers
  }

  /** The first of those that are acknowledged are there, and nothing is there twice or out of order. */
  async expectAtCore(count: number): Promise<void> {
    const acknowledged = this.durable.slice(0, count)
    let numbers: number[] = []
    await eventually(async () => {
      numbers = await this.numbersAtCore()
      const there = new Set(numbers)
      return acknowledged.every((n) => there.has(n))
    })
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#here.close(), this.#watching.close()].map((closing) => closing.catch(() => {})))
    await this.edge[Symbol.asyncDispose]()
    await this.#core[Symbol.asyncDispose]()
  }
}

test('an edge hub with a full disk forwards all that it has acknowledged as durable', async () => {
  await using stage = await Stage.start()
  await stage.loseCore()
  await stage.publishUntilBlocked()
  expect((await stage.status()).log.fault?.code).toBe('TCN_LOG_FULL')
  const before = stage.durable.length
  expect(before).toBeGreaterThan(1000)
  await stage.bringCoreBack()
  await stage.expectAtCore(before)
  expect((await stage.upstream()).lost).toBe(0)
}, 180_000)
