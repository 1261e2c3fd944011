import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import { HubProcess, type HubProcessOptions } from '../../e2e/hub-process.js'
import { type Random, randomFrom } from '../../fuzz/mutations.js'
import { freePorts } from '../../hub/live-hub.js'
import { LogCheck } from '../crash/log-check.js'
import { LanePublisher } from '../crash/publishers.js'
import { Consumer, Follower, Resumer } from '../crash/watchers.js'
import { LOAD, Witness } from '../crash/witness.js'
import { Commits } from './commits.js'
import { Consequences } from './consequences.js'
import { Deliveries } from './deliveries.js'
import { Edge } from './edge.js'
import { Gated } from './gated.js'
import { FileLines, JournalLines, SyslogLines } from './lines.js'
import { joined, type Part, type Scene, StoredEvents } from './part.js'
import { Works } from './works.js'

/** Each log is read completely at the end, so it must not become too large. */
export const ROUNDS_A_LOG = 25
/** Each look reads the log. */
const LOOK_MS = 1000
/** Time without any progress after which a problem is one. */
const STANDSTILL_MS = 90_000

/** How the hubs of a story end. */
export interface Deaths {
  /** What was not flushed may be gone afterwards. */
  losesPower?: boolean
  /** Size of the largest events of the load, bytes; default 100,000. */
  largest?: number
  /** Called before each hub of a round. */
  options(folder: string): Promise<HubProcessOptions>
  end(hub: HubProcess, random: Random): Promise<void>
}

interface Story {
  rounds: number
  /** The seed. */
  from: number
  deaths: Deaths
  folder: string
}

export function storiesOf(rounds: number, seed: number): { rounds: number; from: number }[] {
  return Array.from({ length: Math.ceil(rounds / ROUNDS_A_LOG) }, (_, index) => ({
    rounds: Math.min(ROUNDS_A_LOG, rounds - index * ROUNDS_A_LOG),
    from: seed + index,
  }))
}

export function timeoutOf(rounds: number): number {
  return 240_000 + rounds * 20_000
}

/** Ends hubs while everything is at work, and compares what is left. Returns what there was to compare. */
export async function live({ rounds, from, deaths, folder }: Story): Promise<string> {
  const address = join(folder, 'tocsin.sock')
  const witness = new Witness()
  const random = randomFrom(from)
  const { losesPower = false, largest = 100_000 } = deaths
  const scene: Scene = { folder, address, random, losesPower, fault: (text) => witness.fault(text) }
  await using parts = await Parts.of(scene)
  const load = { address, witness, random: randomFrom(random(2 ** 31)), producer: 1, largest }
  const publisher = new LanePublisher(load, true)
  const watchers = [
    new Follower({ name: 'follower', address, filter: LOAD, witness }),
    new Resumer({ name: 'resumer', address, filter: LOAD, witness }),
    new Consumer({ name: 'consumer', address, filter: LOAD, witness }),
  ]
  const all = [publisher, ...watchers, ...parts.all]

  for (let round = 0; round < rounds; round++) {
    await using hub = await start(folder, parts, await deaths.options(folder))
    for (const one of all) await one.begin(hub)
    await publisher.underWay()
    await setTimeout(random(1500))
    await deaths.end(hub, random)
    for (const part of parts.all) await part.killed?.()
    expect(witness.faults, `after round ${round}`).toEqual([])
  }

  await using hub = await start(folder, parts)
  for (const one of all) await one.begin(hub)
  await using client = await connect({ address })
  await Promise.all([publisher.stop(), ...parts.all.map((part) => part.stop(client))])
  await expectSolved(() => parts.problems(client))
  let events = 0
  const check = new LogCheck(witness, new Set([load.producer]))
  await check.run(client, (event) => {
    events++
    for (const watcher of watchers) watcher.expect(event)
  })
  const extent = await client.request<{ first: number; lost: { from: number; to: number }[] }>('log.info')
  await Promise.all(watchers.map((watcher) => watcher.finish(extent)))
  expect(witness.faults).toEqual([])
  expect(await hub.tocsin(['log', 'verify'])).toMatchObject({ code: 0 })
  expect(await hub.stop()).toMatchObject({ code: 0 })
  return `${events} events after ${rounds} rounds, ${extent.lost.length} ranges lost`
}

/** Resolves when no problem is left. Deliveries take minutes on a busy machine, and may as long as there are more of them. */
async function expectSolved(look: () => Promise<string[]>): Promise<void> {
  let [problems, since] = [await look(), Date.now()]
  while (problems.length > 0 && Date.now() - since < STANDSTILL_MS) {
    await setTimeout(LOOK_MS)
    const found = await look()
    if (found.join() !== problems.join()) since = Date.now()
    problems = found
  }
  expect(problems).toEqual([])
}

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
function start(folder: string, { config }: Parts, options: HubProcessOptions = {}): Promise<HubProcess> {
  const file = join(folder, 'tocsin.yaml')
  const text = existsSync(file) ? readFileSync(file, 'utf8') : config
  return HubProcess.start({ folder, sources: true, config: text, ...options })
}
