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
/** Large enough that few events fill the disk: each of them costs more than its bytes. */
const fill = randomBytes(3000).toString('base64')

/** A core, an edge hub on a small disk, and a program that publishes there. */
class Stage implements AsyncDisposable {
  /** The numbers that were acknowledged as durable. */
  readonly durable: number[] = []
  readonly #folder: string
  readonly #config: string
  #edge: HubProcess
  #core: HubProcess
  readonly #here: Client
  readonly #watching: Client
  /** Resolves when a publisher is told to wait. */
  readonly #blocked: Promise<void>
  #last = 0

  private constructor(
    folder: string,
    config: string,
    hubs: { core: HubProcess; edge: HubProcess },
    clients: [Client, Client],
    blocked: Promise<void>,
  ) {
    this.#folder = folder
    this.#config = config
    this.#core = hubs.core
    this.#edge = hubs.edge
    ;[this.#here, this.#watching] = clients
    this.#blocked = blocked
  }

  /** `whenFull`: as in the configuration of the edge hub. */
  static async start(whenFull = 'forwarded'): Promise<Stage> {
    const folder = temporaryFolder('edge-full')
    for (const name of ['edge', 'core']) mkdirSync(join(folder, name), { mode: 0o700 })
    const disk = new SmallDisk(join(folder, 'edge', 'data'), 16 * MiB)
    onTestFinished(() => {
      disk[Symbol.dispose]()
    })
    const core = await HubProcess.start({ folder: join(folder, 'core') })
    const upstream = `{ name: core, edge: e, servers: ['${core.socket}'], filter: [a] }`
    const log = `{ compression: off, retention: { whenFull: ${whenFull} } }`
    const config = `upstreams: [${upstream}]\nlog: ${log}\n`
    const edge = await HubProcess.start({ folder: join(folder, 'edge'), config })
    let block = () => {}
    const blocked = new Promise<void>((resolve) => {
      block = resolve
    })
    const onStatus = ({ code }: ConnectionStatus) => {
      if (code === 'TCN_BUS_SUSPENDED') block()
    }
    const here = await connect({ address: edge.socket, window: 500, onStatus })
    const watching = await connect({ address: edge.socket })
    const stage = new Stage(folder, config, { core, edge }, [here, watching], blocked)
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

  /** It comes back with the same disk. */
  async killEdge(): Promise<void> {
    await this.#edge.signal('SIGKILL')
    this.#edge = await HubProcess.start({ folder: join(this.#folder, 'edge'), config: this.#config })
  }

  /** Resolves when it is acknowledged, or is known to be lost. */
  publish(): Promise<unknown> {
    const n = ++this.#last
    return this.#here.publish('a', { n, fill }, { ack: 'durable' }).then(
      () => this.durable.push(n),
      () => undefined,
    )
  }

  /** Publishes until nothing more is acknowledged. */
  async publishUntilBlocked(): Promise<void> {
    let isBlocked = false
    const blocked = this.#blocked.then(() => {
      isBlocked = true
    })
    while (!isBlocked) {
      const group = Array.from({ length: 100 }, () => this.publish())
      await Promise.race([Promise.all(group), blocked])
    }
  }

  /** Publishes more, and resolves when all is acknowledged, also what has waited before. */
  async publishMore(count: number): Promise<void> {
    const before = this.#last
    for (let left = count; left > 0; left -= 100)
      await Promise.all(Array.from({ length: 100 }, () => this.publish()))
    await eventually(() => this.durable.length === this.#last)
    expect(this.#last - before).toBe(count)
  }

  /** Publishes events that are not forwarded. */
  async publishOthers(count: number): Promise<void> {
    const all = Array.from({ length: count }, (_, n) => this.#here.publish('b', { n }, { ack: 'durable' }))
    await Promise.all(all)
  }

  numbersAtCore(): Promise<number[]> {
    return numbersAt(this.#core, 'a')
  }

  numbersHere(tag: string): Promise<number[]> {
    return numbersAt(this.#edge, tag)
  }

  async held(): Promise<string> {
    await eventually(async () => (await this.status()).log.held !== undefined)
    let line: string | undefined
    // The hub may find a little room in between.
    await eventually(async () => {
      const { stdout } = await this.#edge.tocsin(['status'])
      line = stdout.split('\n').find((each) => each.startsWith('no room'))
      return line !== undefined
    })
    return line!
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
    await this.#edge[Symbol.asyncDispose]()
    await this.#core[Symbol.asyncDispose]()
  }
}

async function numbersAt({ socket }: HubProcess, tag: string): Promise<number[]> {
  await using there = await connect({ address: socket })
  const numbers: number[] = []
  for await (const { data } of there.read(tag, { from: 'start' }).events())
    numbers.push((data as { n: number }).n)
  return numbers
}

/** More events than the disk has room for. */
const MANY = 5000

test('an edge hub with a full disk forwards all that it has acknowledged as durable', async () => {
  await using stage = await Stage.start('keep')
  await stage.loseCore()
  await stage.publishUntilBlocked()
  expect((await stage.status()).log.fault?.code).toBe('TCN_LOG_FULL')
  const before = stage.durable.length
  expect(before).toBeGreaterThan(1000)
  await stage.bringCoreBack()
  await stage.expectAtCore(before)
  expect((await stage.upstream()).lost).toBe(0)
}, 300_000)

test('its publishers go on when the core is back, and everything is there once', async () => {
  await using stage = await Stage.start()
  await stage.loseCore()
  await stage.publishUntilBlocked()
  expect(await stage.held()).toContain('events wait for the upstream core')
  await stage.bringCoreBack()
  await stage.publishMore(MANY)
  await stage.expectAtCore(stage.durable.length)
  expect((await stage.upstream()).lost).toBe(0)
  expect((await stage.status()).log.lastCompaction).toMatchObject({ cause: 'full' })
}, 300_000)

test('its publishers go on also if it was killed with a full disk, again and again', async () => {
  await using stage = await Stage.start()
  await stage.loseCore()
  await stage.publishUntilBlocked()
  await stage.killEdge()
  await stage.bringCoreBack()
  const publishing = stage.publishMore(MANY)
  for (let round = 1; round <= 3; round++) {
    const { length } = stage.durable
    await eventually(() => stage.durable.length > length + MANY / 8)
    await stage.killEdge()
  }
  await publishing
  await stage.expectAtCore(stage.durable.length)
}, 300_000)

test('with `keep` they stay blocked, and status says why', async () => {
  await using stage = await Stage.start('keep')
  await stage.publishUntilBlocked()
  expect(await stage.held()).toContain('`log.retention.whenFull` is `keep`')
  expect((await stage.status()).log.first).toBe(1)
}, 300_000)

test('events that the filter leaves out stay, since they are only there', async () => {
  await using stage = await Stage.start()
  await stage.publishOthers(10)
  await stage.publishUntilBlocked()
  expect(await stage.held()).toContain('is at no upstream')
  expect(await stage.numbersHere('b')).toEqual(Array.from({ length: 10 }, (_, n) => n))
}, 300_000)
