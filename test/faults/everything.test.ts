import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { randomFrom } from '../fuzz/mutations.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { freePorts } from '../hub/live-hub.js'
import { LogCheck } from './crash/log-check.js'
import { LanePublisher } from './crash/publishers.js'
import { Consumer, Follower, Resumer } from './crash/watchers.js'
import { LOAD, Witness } from './crash/witness.js'
import { Commits } from './everything/commits.js'
import { Consequences } from './everything/consequences.js'
import { Deliveries } from './everything/deliveries.js'
import { Edge } from './everything/edge.js'
import { Gated } from './everything/gated.js'
import { FileLines, JournalLines, SyslogLines } from './everything/lines.js'
import { joined, type Part, type Scene, StoredEvents } from './everything/part.js'
import { Works } from './everything/works.js'

/**
 * EVERYTHING_ROUNDS: how often the hub is killed; default 5.
 * EVERYTHING_SEED: repeats the moments and sizes of a run; the seed of every run is printed.
 */
const rounds = Number(process.env.EVERYTHING_ROUNDS ?? 5)
const seed = Number(process.env.EVERYTHING_SEED ?? Math.floor(Math.random() * 2 ** 32))

/** Each log is read completely at the end, so it must not become too large. */
const ROUNDS_A_LOG = 25
const stories = Array.from({ length: Math.ceil(rounds / ROUNDS_A_LOG) }, (_, index) => ({
  kills: Math.min(ROUNDS_A_LOG, rounds - index * ROUNDS_A_LOG),
  from: seed + index,
}))

test.each(stories)(
  'a hub killed $kills times with everything at work keeps what it promises',
  { timeout: 240_000 + ROUNDS_A_LOG * 20_000 },
  async ({ kills, from }) => {
    console.log(`everything: EVERYTHING_SEED=${from} for ${kills} rounds`)
    const folder = temporaryFolder('everything')
    const address = join(folder, 'tocsin.sock')
    const witness = new Witness()
    const random = randomFrom(from)
    const scene: Scene = { folder, address, random, fault: (text) => witness.fault(text) }
    await using parts = await Parts.of(scene)
    const load = { address, witness, random: randomFrom(random(2 ** 31)), producer: 1, largest: 100_000 }
    const publisher = new LanePublisher(load, true)
    const watchers = [
      new Follower({ name: 'follower', address, filter: LOAD, witness }),
      new Resumer({ name: 'resumer', address, filter: LOAD, witness }),
      new Consumer({ name: 'consumer', address, filter: LOAD, witness }),
    ]
    const durable = new Set([load.producer])
    const all = [publisher, ...watchers, ...parts.all]

    for (let round = 0; round < kills; round++) {
      await using hub = await start(folder, parts)
      for (const one of all) await one.begin(hub)
      await publisher.underWay()
      await setTimeout(random(1500))
      await hub.signal('SIGKILL')
      for (const part of parts.all) await part.killed?.()
      expect(witness.faults, `after round ${round}`).toEqual([])
    }

    await using hub = await start(folder, parts)
    for (const one of all) await one.begin(hub)
    await using client = await connect({ address })
    await Promise.all([publisher.stop(), ...parts.all.map((part) => part.stop(client))])
    await expect.poll(() => parts.problems(client), { timeout: 180_000, interval: 500 }).toEqual([])
    let events = 0
    const check = new LogCheck(witness, durable)
    await check.run(client, (event) => {
      events++
      for (const watcher of watchers) watcher.expect(event)
    })
    const extent = await client.request<{ first: number; lost: { from: number; to: number }[] }>('log.info')
    await Promise.all(watchers.map((watcher) => watcher.finish(extent)))
    expect(witness.faults).toEqual([])
    expect(await hub.tocsin(['log', 'verify'])).toMatchObject({ code: 0 })
    console.log(`everything: ${events} events after ${kills} kills, ${extent.lost.length} ranges lost`)
    expect(await hub.stop()).toMatchObject({ code: 0 })
  },
)

class Parts implements AsyncDisposable {
  readonly all: readonly Part[]
  readonly config: string

  private constructor(all: readonly Part[]) {
    this.all = all
    const system = { sources: { system: { enabled: false } } }
    this.config = JSON.stringify(joined([system, ...all.map(({ config }) => config)]))
  }

  static async of(scene: Scene): Promise<Parts> {
    const [port] = await freePorts(1)
    return new Parts([
      new Consequences(scene),
      new FileLines(scene),
      new SyslogLines(port),
      new JournalLines(scene),
      await Deliveries.start(scene),
      new Works(scene),
      new Commits(scene),
      new Gated(scene),
      new Edge(scene),
    ])
  }

  /** Empty once everything has come where it belongs. */
  async problems(client: Client): Promise<string[]> {
    const log = await StoredEvents.read(client)
    return (await Promise.all(this.all.map((part) => part.check(log, client)))).flat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.all) await part[Symbol.asyncDispose]()
  }
}

/** With the configuration that the last commit has left. */
function start(folder: string, { config }: Parts): Promise<HubProcess> {
  const file = join(folder, 'tocsin.yaml')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : config
  return HubProcess.start({ folder, sources: true, config: text })
}
