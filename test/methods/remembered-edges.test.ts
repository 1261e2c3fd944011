import { describe, expect, it } from 'vitest'
import type { OwnEvent } from '../../src/bus/api.js'
import type { OtherEdges } from '../../src/methods/askable-edge.js'
import { EdgeRecords } from '../../src/methods/edge-records.js'
import { Edges } from '../../src/methods/edges.js'
import { RememberedEdges } from '../../src/methods/remembered-edges.js'
import { openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const DAY = 24 * 3600e3
const nothing = () => undefined
const expired = { from: 1, to: 3, reason: 'expired' }
const login = (name: string, principal = 'p') => ({ name, principal, address: 'tcp://192.0.2.7:1', usid: 7 })

/** Hubs that have one state, one after the other or in a cluster. */
class Stage {
  readonly runtime = new FakeRuntime()
  readonly events: OwnEvent[] = []
  /** The disk takes nothing while it is set. */
  isFull = false
  /** Hubs of the cluster that run. */
  readonly hubs = new Set<string>()
  readonly #state = openMemoryState({ runtime: this.runtime })

  get bucket() {
    const bucket = this.#state.bucket('edges')
    const putAll: typeof bucket.putAll = async (entries) => {
      if (this.isFull) throw new Error('no space left')
      await bucket.putAll(entries)
    }
    return new Proxy(bucket, {
      get: (target, name) => {
        if (name === 'putAll') return putAll
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  async start(hub?: string): Promise<Edges> {
    const edges = new Edges(this.runtime, (event) => this.events.push(event) > 0)
    if (hub !== undefined) {
      this.hubs.add(hub)
      edges.elsewhere = this.#othersOf(hub)
    }
    await edges.remember(new EdgeRecords(this.bucket, this.runtime), hub)
    return edges
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await this.runtime.pass(1)
  }

  /** The first that runs is the primary. */
  #othersOf(hub: string): OtherEdges {
    return Object.assign([], {
      unheard: [],
      find: () => undefined,
      named: () => [],
      look: () => undefined,
      refresh: async () => undefined,
      speaksFor: (other: string) => [...this.hubs][0] === hub && !this.hubs.has(other),
    }) as never
  }
}

const statesOf = (edges: Edges) => edges.list().map(({ name, state }) => `${name} ${state}`)

describe('edge hubs that are away when a core starts', () => {
  it('are known, and so are those that were attached when it was killed', async () => {
    const stage = new Stage()
    const before = await stage.start()
    const away = before.attach(login('a'), () => 5)
    away.gap(expired, undefined, nothing, nothing)
    away.lag(3, 1)
    away.detach()
    before.attach(login('b'), () => 1)
    await stage.settle()
    const edges = await stage.start()
    expect(edges.list()).toEqual([
      expect.objectContaining({ name: 'a', state: 'down', events: 5, waiting: 3, waitingSince: 1, gaps: 1 }),
      expect.objectContaining({ name: 'b', state: 'down', answers: false }),
    ])
    expect([...edges.askable()].map(({ name, isUp }) => [name, isUp])).toEqual([
      ['a', false],
      ['b', false],
    ])
    expect(edges.named('a')).toHaveLength(1)
    const up = [...edges.samples()].filter(({ name }) => name === 'tocsin_edge_up')
    expect(up.map(({ value, labels }) => [labels?.edge, value])).toEqual([
      ['a', 0],
      ['b', 0],
    ])
    edges.attach(login('a'), () => 2)
    expect(edges.list()[0]).toMatchObject({ name: 'b' })
    expect(edges.list()[1]).toMatchObject({ name: 'a', state: 'up', events: 7, gaps: 1 })
  })

  it('are forgotten by name, if they are away, over the next start too', async () => {
    const stage = new Stage()
    const edges = await stage.start()
    edges.attach(login('gone'), () => 0).detach()
    edges.attach(login('gone', 'q'), () => 0).detach()
    edges.attach(login('here'), () => 0)
    await expect(edges.forget(['gone', 'here'])).rejects.toMatchObject({ code: 'TCN_EDGE_UP' })
    await expect(edges.forget(['gone', 'none'])).rejects.toMatchObject({ code: 'TCN_EDGE_UNKNOWN' })
    expect(edges.counts()).toEqual({ up: 1, down: 2 })
    const both = ['p', 'q'].map((principal) => ({ name: 'gone', principal }))
    expect(await edges.forget(['gone'])).toEqual(both)
    expect(stage.events.at(-1)).toMatchObject({
      tag: 'hub/edge/gone',
      data: { state: 'forgotten', principal: 'q' },
    })
    expect(statesOf(edges)).toEqual(['here up'])
    expect(statesOf(await stage.start())).toEqual(['here down'])
  })

  it('are forgotten when they have been away for the configured time, counted over starts', async () => {
    const stage = new Stage()
    const first = await stage.start()
    first.attach(login('a'), () => 0).detach()
    first.attach(login('stays'), () => 0)
    await stage.settle()
    await stage.runtime.pass(29 * DAY)
    const edges = await stage.start()
    edges.attach(login('stays'), () => 0)
    edges.configure({ forgetAfter: 30 * DAY })
    edges.forgetOld(stage.runtime.now())
    expect(edges.counts()).toEqual({ up: 1, down: 1 })
    await stage.runtime.pass(2 * DAY)
    edges.configure({ forgetAfter: undefined })
    edges.forgetOld(stage.runtime.now())
    expect(edges.counts()).toEqual({ up: 1, down: 1 })
    edges.configure({ forgetAfter: 30 * DAY })
    edges.forgetOld(stage.runtime.now())
    expect(statesOf(edges)).toEqual(['stays up'])
    await stage.settle()
    expect(statesOf(await stage.start())).toEqual(['stays down'])
  })

  it('are known although they could not be stored for a while', async () => {
    const stage = new Stage()
    const first = await stage.start()
    stage.isFull = true
    first.attach(login('a'), () => 0).detach()
    first.attach(login('b'), () => 0).detach()
    await stage.settle()
    expect(statesOf(await stage.start())).toEqual([])
    stage.isFull = false
    await stage.runtime.pass(5_000)
    await stage.settle()
    expect(statesOf(await stage.start())).toEqual(['a down', 'b down'])
    first.attach(login('c'), () => 0)
    await first.stop()
    expect(statesOf(await stage.start())).toEqual(['a down', 'b down', 'c down'])
  })

  it('are known except for a record that makes no sense, which is reported', async () => {
    const stage = new Stage()
    const { bucket } = stage
    await bucket.put('p/a', Buffer.from([1, 2, 3]))
    expect(statesOf(await stage.start())).toEqual([])
    expect([...bucket.damaged.keys()]).toEqual(['p/a'])
  })

  it('have the places of their own principal: many made-up names push out no others', () => {
    const edges = new RememberedEdges<{ login: ReturnType<typeof login>; isUp: boolean }>(10)
    const put = (name: string, principal: string) =>
      edges.put({ login: login(name, principal), isUp: false })?.login.name
    expect(put('ship7', 'ships')).toBeUndefined()
    const pushedOut = Array.from({ length: 30 }, (_, n) => put(`x${n}`, 'attacker')).filter(Boolean)
    expect(pushedOut).toEqual(Array.from({ length: 21 }, (_, n) => `x${n}`))
    expect(edges.get(login('ship7', 'ships'))).toBeDefined()
    expect(edges.size).toBe(10)
  })
})

describe('edge hubs of a cluster', () => {
  it('are known at each hub, and counted at one', async () => {
    const stage = new Stage()
    const [one, two] = [await stage.start('one'), await stage.start('two')]
    const edge = two.attach(login('a'), () => 4)
    await stage.settle()
    expect([...one.askable()].map(({ name }) => name)).toEqual(['a'])
    expect(one.list()).toEqual([])
    edge.detach()
    await stage.settle()
    expect([statesOf(one), statesOf(two)]).toEqual([[], ['a down']])
    stage.hubs.delete('two')
    expect(statesOf(one)).toEqual(['a down'])
    expect(await one.forget(['a'])).toEqual([{ name: 'a', principal: 'p' }])
    await stage.settle()
    expect([...two.askable()]).toEqual([])
  })

  it('have left when their hub is gone, however long they were attached to it', async () => {
    const stage = new Stage()
    const [one, two] = [await stage.start('one'), await stage.start('two')]
    two.attach(login('a'), () => 4)
    await stage.settle()
    await stage.runtime.pass(40 * DAY)
    stage.hubs.delete('two')
    one.configure({ forgetAfter: 30 * DAY })
    one.forgetOld(stage.runtime.now())
    expect(one.list()).toEqual([expect.objectContaining({ state: 'down', since: stage.runtime.now() })])
    await stage.runtime.pass(29 * DAY)
    one.forgetOld(stage.runtime.now())
    expect(statesOf(one)).toEqual(['a down'])
    await stage.runtime.pass(2 * DAY)
    one.forgetOld(stage.runtime.now())
    expect(statesOf(one)).toEqual([])
  })

  it('stay where they went while the connection to the hub before is not known to be lost', async () => {
    const stage = new Stage()
    const [one, two] = [await stage.start('one'), await stage.start('two')]
    const lost = one.attach(login('a'), () => 4)
    await stage.settle()
    const now = two.attach(login('a'), () => 1)
    await stage.settle()
    lost.detach()
    await stage.settle()
    expect(statesOf(one)).toEqual([])
    now.detach()
    await stage.settle()
    expect([statesOf(one), statesOf(two)]).toEqual([[], ['a down']])
  })
})
