import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Claims } from '../../../src/bus/consumers/claims.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { Runtime } from '../../../src/event/runtime.js'
import { openMemoryState, type StateStore } from '../../../src/state/index.js'
import { openJetStreamState } from '../../../src/state/jetstream/jetstream-state.js'
import type { Bucket, StateChange } from '../../../src/state/state-store.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'

const TTL = 6000
const HUBS = 3

/** A store behind a slow network, which can be cut: what is under way then arrives when it is mended. */
class Remote {
  readonly store: StateStore
  readonly #runtime: Runtime
  readonly #delay: () => number
  #mended = Promise.resolve()
  #mend: () => void = () => undefined

  constructor(store: StateStore, runtime: Runtime, delay: () => number) {
    this.#runtime = runtime
    this.#delay = delay
    this.store = { ...store, isNew: false, bucket: (name, options) => this.#far(store.bucket(name, options)) }
  }

  cut(): void {
    this.mend()
    this.#mended = new Promise((resolve) => {
      this.#mend = resolve
    })
  }

  mend(): void {
    this.#mend()
  }

  #far(bucket: Bucket): Bucket {
    const across = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
      await this.#cross()
      const answer = await ask().then(
        (value) => () => value,
        (error) => () => {
          throw error
        },
      )
      await this.#cross()
      return answer()
    }
    return {
      damaged: bucket.damaged,
      reportDamage: () => undefined,
      get: (key) => across(() => bucket.get(key)),
      put: (key, value) => across(() => bucket.put(key, value)),
      putAll: (entries) => across(() => bucket.putAll(entries)),
      compareAndSet: (...given) => across(() => bucket.compareAndSet(...given)),
      delete: (key) => across(() => bucket.delete(key)),
      list: (...given) => bucket.list(...given),
      watch: (prefix, tell) => this.#watch(bucket, prefix, tell),
    }
  }

  #watch(bucket: Bucket, prefix: string, tell: (change: StateChange) => void): () => void {
    let last = Promise.resolve()
    let isOver = false
    const end = bucket.watch(prefix, (change) => {
      last = last.then(() => this.#cross()).then(() => void (isOver || tell(change)))
    })
    return () => {
      isOver = true
      end()
    }
  }

  async #cross(): Promise<void> {
    await new Promise<void>((resolve) => void this.#runtime.after(this.#delay(), resolve))
    await this.#mended
  }
}

const step = fc.record({
  hub: fc.nat({ max: HUBS - 1 }),
  act: fc.constantFrom('take', 'take', 'take', 'release', 'cut', 'mend', 'crash', 'stop'),
  pass: fc.constantFrom(0, 1, 50, 1000, 3000, TTL, 2 * TTL),
})

function isElsewhere(thrown: unknown): void {
  if (!TocsinError.is(thrown, 'TCN_CONSUMER_ELSEWHERE')) throw thrown
}

describe('claims on a consumer', () => {
  it('are held by one hub at a time, whatever is slow, cut off, crashes or stops, and by one at the end', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(), async (steps, seed) => {
        const runtime = new FakeRuntime({ seed: seed + 1 })
        const state = openMemoryState({ runtime })
        const delay = () => runtime.random(1)[0]
        const remotes: Remote[] = []
        const hubs: Claims[] = []
        const failures: unknown[] = []
        const start = async (at: number) => {
          remotes[at] = new Remote(state, runtime, delay)
          const { store } = remotes[at]
          const hub = { name: `hub${at}` }
          let claims: Claims | undefined
          void Claims.open({ state: store, runtime, hub, ttl: TTL, lost: () => undefined }).then((opened) => {
            claims = opened
          })
          while (claims === undefined) await runtime.pass(100)
          hubs[at] = claims
        }
        const check = () =>
          expect(hubs.filter((claims) => claims.isHeld('work')).length).toBeLessThanOrEqual(1)
        const pass = async (ms: number) => {
          for (let left = ms; left > 0; left -= 100) {
            await runtime.pass(Math.min(left, 100))
            check()
          }
        }
        for (let at = 0; at < HUBS; at++) await start(at)
        let named = 0
        const take = (at: number) =>
          hubs[at].isHeld('work') ||
          void hubs[at].take('work').catch((thrown) => {
            if (!TocsinError.is(thrown, 'TCN_CONSUMER_ELSEWHERE')) failures.push(thrown)
            else if (thrown.details.hub !== undefined) named = Number(String(thrown.details.hub).slice(3))
          })
        for (const { hub, act, pass: ms } of steps) {
          if (act === 'take') take(hub)
          else if (act === 'release') void hubs[hub].release('work')
          else if (act === 'cut' || act === 'crash') remotes[hub].cut()
          else if (act === 'mend') remotes[hub].mend()
          else if (act === 'stop') void hubs[hub].close()
          // A hub that has crashed says nothing more, and another one is started.
          if (act === 'crash' || act === 'stop') await start(hub)
          await pass(ms)
          check()
        }
        for (const remote of remotes) remote.mend()
        // A client goes to the hub that is named.
        for (let times = 0; times < 4; times++) {
          take(named)
          await pass(2 * TTL)
        }
        expect(failures).toEqual([])
        expect(hubs.filter((claims) => claims.isHeld('work'))).toHaveLength(1)
        for (const claims of hubs) void claims.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('claims in NATS', () => {
  let server: NatsServer
  beforeAll(async () => {
    server = await NatsServer.start()
  })
  afterAll(() => server.stop())

  async function open(name: string): Promise<{ claims: Claims; close(): Promise<void> }> {
    const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
    const state = await openJetStreamState({ runtime: realRuntime, link, prefix: 'claims' })
    const given = { state, runtime: realRuntime, hub: { name }, ttl: 1500, lost: () => undefined }
    const claims = await Claims.open(given)
    return { claims, close: () => claims.close().then(() => state.close()) }
  }

  it('go to one of the hubs that claim at the same time, again and again', async () => {
    const hubs = await Promise.all(['one', 'two', 'three'].map(open))
    for (let round = 0; round < 30; round++) {
      await Promise.all(hubs.map(({ claims }) => claims.take('work').catch(isElsewhere)))
      const holders = hubs.filter(({ claims }) => claims.isHeld('work'))
      expect(holders).toHaveLength(1)
      await holders[0].claims.release('work')
    }
    await Promise.all(hubs.map(({ close }) => close()))
  })

  it('are taken over when the store has not heard of a hub for the time to live', async () => {
    const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
    const state = await openJetStreamState({ runtime: realRuntime, link, prefix: 'claims' })
    const hub = { name: 'dying' }
    const dying = await Claims.open({ state, runtime: realRuntime, hub, ttl: 1500, lost: () => undefined })
    await dying.take('other')
    const next = await open('next')
    await expect(next.claims.take('other')).rejects.toThrow(
      expect.objectContaining({ code: 'TCN_CONSUMER_ELSEWHERE' }),
    )
    await state.close()
    let held = false
    while (!held) {
      await next.claims.take('other').then(() => {
        expect(dying.isHeld('other')).toBe(false)
        held = true
      }, isElsewhere)
    }
    await next.close()
  })
})
