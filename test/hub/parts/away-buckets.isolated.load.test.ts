import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { clusterConfig } from '../../../src/cluster/config.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import { eventTypes } from '../../../src/hub/event-types.js'
import { Hub } from '../../../src/hub/hub.js'
import { jetstreamEngine } from '../../../src/log/jetstream/engine.js'
import { currentPart, type PartFault, partFaults } from '../../../src/parts/boundary.js'
import { CoreFault } from '../../../src/parts/core.js'
import { sourceDefinitions } from '../../../src/sources/config.js'
import { BUCKETS, type Bucket, type BucketName, type StateStore } from '../../../src/state/state-store.js'
import { natsConfig } from '../../../src/storage/nats/config.js'
import type { NatsLink } from '../../../src/storage/nats/link.js'
import { NatsFault } from '../../../src/storage/nats/nats-fault.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { ModelLink } from '../../simulation/nats/link.js'
import { NatsModel } from '../../simulation/nats/server.js'

/** How a bucket is away: its questions are answered with an error, or not at all. */
type Manner = 'refuses' | 'is silent'
/** Longer than anybody waits for an answer, ms. */
const AWAY_MS = 45_000
/** Longer than any pause before something is tried again, ms. */
const BACK_MS = 75_000

const away = vi.hoisted(() => ({
  bucket: undefined as string | undefined,
  manner: undefined as Manner | undefined,
  back: new Set<() => void>(),
}))

/** The buckets that a hub has for itself, which are in memory here. */
vi.mock('../../../src/state/memory-state.js', async (original) => {
  const { openMemoryState } = await original<typeof import('../../../src/state/memory-state.js')>()
  const opened: typeof openMemoryState = (options) => {
    const store: StateStore = openMemoryState(options)
    return { ...store, bucket: (name, given) => awayBucket(name, store.bucket(name, given)) }
  }
  return { openMemoryState: opened }
})

function awayBucket(name: string, bucket: Bucket): Bucket {
  const present = async () => {
    if (away.bucket !== name) return
    if (away.manner === 'refuses') throw new TocsinError('TCN_STATE_WRITE')
    await new Promise<void>((resolve) => away.back.add(resolve))
  }
  return {
    damaged: bucket.damaged,
    reportDamage: (...given) => bucket.reportDamage(...given),
    watch: (...given) => bucket.watch(...given),
    get: (key) => present().then(() => bucket.get(key)),
    put: (...given) => present().then(() => bucket.put(...given)),
    putAll: (entries) => present().then(() => bucket.putAll(entries)),
    compareAndSet: (...given) => present().then(() => bucket.compareAndSet(...given)),
    delete: (key) => present().then(() => bucket.delete(key)),
    async *list(...given) {
      await present()
      yield* bucket.list(...given)
    },
  }
}

/** The buckets that all hubs share are in NATS. */
function linkTo(model: NatsModel, runtime: NatsModel['runtime']): NatsLink {
  const soon = (run: () => void) => void setImmediate(run)
  const link = new ModelLink(runtime, model, { up: soon, down: soon, close: () => undefined })
  const request = link.request.bind(link)
  link.request = async (subject, payload, ms, header) => {
    const bucket = /KV[_.]t_(\w+)/.exec(subject)?.[1]
    if (bucket === undefined || bucket !== away.bucket) return request(subject, payload, ms, header)
    if (away.manner === 'refuses') throw new NatsFault('refused', 'no', { number: 10027 })
    await new Promise<void>((resolve) => void runtime.after(ms, resolve))
    throw new NatsFault('unreachable', 'timeout')
  }
  return link
}

const isAway = (bucket?: string, manner?: Manner) => {
  Object.assign(away, { bucket, manner })
  for (const resolve of away.back) resolve()
  away.back.clear()
}

/** What would have ended the hub, as `superviseProcess` does it. */
const fatal: unknown[] = []
const faults: PartFault[] = []
const take = (thrown: unknown) => {
  const part = currentPart()
  if (part === undefined || thrown instanceof CoreFault) fatal.push(thrown)
  else part.fail(thrown)
}
const note = (fault: unknown) => void faults.push(fault as PartFault)
let ofTests: NodeJS.UnhandledRejectionListener[] = []

beforeAll(() => {
  ofTests = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', take)
  partFaults.subscribe(note)
})

afterAll(() => {
  partFaults.unsubscribe(note)
  process.off('unhandledRejection', take)
  for (const each of ofTests) process.on('unhandledRejection', each)
})

afterEach(() => isAway())

class ClusterOfOne {
  readonly runtime = clockByHand()
  readonly model = new NatsModel(this.runtime)
  readonly #folder = temporaryFolder('away')
  hub!: Hub
  #events = 0

  async open(): Promise<void> {
    const { runtime, model } = this
    const at = (name: string) => join(this.#folder, name)
    const config = hubConfig.parse({
      listen: { unix: [], http: 'off' },
      jobs: { programs: ['true'] },
      sinks: { copy: { type: 'file', path: at('copy'), filter: 'load/' } },
      sources: { files: [{ name: 'shared', once: true, lines: [at('lines')] }] },
      rules: {
        each: { filter: 'load/', fire: { tag: 'seen/each' } },
        waits: {
          ...{ filter: 'load/', by: 'data.n', fire: { tag: 'seen/alone' } },
          unlessFollowedBy: { filter: 'other/', within: '5s' },
        },
      },
    })
    config.log.engine = jetstreamEngine.name as never
    config.nats = natsConfig.parse({ prefix: 't', stream: 'T' })
    config.cluster = clusterConfig.parse({ name: 'hub1', address: 'tcp://hub1:1' })
    this.hub = await this.meanwhile(
      Hub.open({
        ...{ config, runtime, data: undefined, types: eventTypes },
        sources: sourceDefinitions(config.sources),
        openLink: async () => linkTo(model, runtime),
      }),
    )
  }

  /** Lets time pass, in which something is published each second. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1000) {
      this.hub.bus.emit({ tag: 'load/one', data: { n: ++this.#events } })
      await this.runtime.pass(1000)
    }
  }

  async meanwhile<Result>(promise: Promise<Result>): Promise<Result> {
    let isOver = false
    const over = () => {
      isOver = true
    }
    promise.then(over, over)
    while (!isOver) await this.runtime.pass(100)
    return promise
  }

  get parts() {
    const { rules, sinks, sources } = this.hub
    return [...rules.list(), ...sinks.list(), ...sources.map((source) => source.status())]
  }

  get states(): string[] {
    return this.parts.map(({ name, state }) => `${name} ${state}`)
  }

  /** The last event that is stored. */
  get last(): number {
    return this.model.streams.get('T')?.last ?? 0
  }
}

const UP = ['each up', 'waits up', 'copy up', 'system up', 'files/shared up']

/** The parts that do nothing without a bucket. */
const WAITING: Partial<Record<BucketName, string>> = {
  ...{ rules: 'each', sharedSources: 'files/shared' },
  ...{ consumers: 'copy', claims: 'copy', hubs: 'copy' },
}

it.each(BUCKETS)(
  'a hub lives on while the bucket %s is silent at its start, and refuses later, and all of its parts come back',
  async (bucket) => {
    fatal.length = 0
    faults.length = 0
    const cluster = new ClusterOfOne()
    await cluster.open()
    const { hub } = cluster
    isAway(bucket, 'is silent')
    void hub.start()
    await cluster.pass(AWAY_MS)
    const stored = cluster.last
    expect(stored, 'published meanwhile').toBeGreaterThan(AWAY_MS / 2000)
    const waiting = cluster.parts.filter(({ name }) => name === WAITING[bucket])
    for (const { reason } of waiting) expect(reason).toMatch(/no answer|cannot reach the store/)
    if (bucket === 'pushes') {
      expect(() => hub.pushes.list()).toThrow(/no answer for \d+ s/)
      expect(faults.map(({ part }) => part.name)).toContain('pushes')
    }
    isAway()
    await cluster.pass(BACK_MS)
    expect(cluster.states).toEqual(UP)
    expect(hub.pushes.list()).toEqual([])
    isAway(bucket, 'refuses')
    await cluster.pass(AWAY_MS)
    isAway()
    await cluster.pass(BACK_MS)
    expect(cluster.states).toEqual(UP)
    expect(cluster.last).toBeGreaterThan(stored + BACK_MS / 1000)
    await cluster.meanwhile(hub.stop())
    expect(fatal).toEqual([])
  },
)
