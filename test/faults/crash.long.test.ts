import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Client, connect, type Event } from '../../src/client/index.js'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess, startTocsin } from '../e2e/hub-process.js'
import { randomFrom } from '../fuzz/mutations.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { LogCheck } from './crash/log-check.js'
import {
  BatchPublisher,
  LanePublisher,
  type LoadOptions,
  type LoadPublisher,
  RestartingPublisher,
} from './crash/publishers.js'
import { Compactor, OldestReader } from './crash/retention.js'
import { Consumer, Follower, Resumer, type Watcher } from './crash/watchers.js'
import { LOAD, Witness } from './crash/witness.js'
import { eventually } from './eventually.js'

/** CRASH_SEED: repeats the moments and sizes of a run; the seed of every run is printed. */
const rounds = repeats(1, 1000)
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 32))

/** Small segments, so that some crashes fall on their boundaries. `largest`: size of the largest events, bytes. */
const kept = { removes: false, largest: 300_000, config: 'log: { segment: { bytes: 2MiB }, ring: 2MiB }\n' }
const removed = { removes: true, largest: 4e6, config: 'log: { segment: { bytes: 1MiB }, ring: 2MiB }\n' }

/** Rounds for one log. Each log is read completely at the end, so it must not become too large. */
const ROUNDS_A_LOG = 100

function storiesOf(rounds: number, kind: typeof kept) {
  return Array.from({ length: Math.ceil(rounds / ROUNDS_A_LOG) }, (_, index) => ({
    kills: Math.min(ROUNDS_A_LOG, rounds - index * ROUNDS_A_LOG),
    from: seed + index,
    ...kind,
  }))
}

const timeout = 60_000 + ROUNDS_A_LOG * 10_000

test.each(storiesOf(rounds, kept))(
  'a hub killed $kills times under load keeps durable events, once and in order',
  { timeout },
  killUnderLoad,
)

test.each(storiesOf(rounds, removed))(
  'a hub killed $kills times while segments are removed and read keeps every event that it still has',
  { timeout },
  killUnderLoad,
)

async function killUnderLoad(story: ReturnType<typeof storiesOf>[number]): Promise<void> {
  const { kills, from, config } = story
  console.log(`crash: CRASH_SEED=${from} for ${kills} rounds ${story.removes ? 'with' : 'without'} retention`)
  const random = randomFrom(from)
  const folder = temporaryFolder('crash')
  const witness = new Witness()
  const load = { address: join(folder, 'tocsin.sock'), witness, random, largest: story.largest }
  const { publishers, watchers, careless, consumer } = cast(load)
  const durable = new Set(publishers.flatMap((publisher, index) => (publisher.durable ? [index] : [])))
  const check = new LogCheck(witness, durable)
  const needed = async (client: Client) => {
    await consumer.locate(client)
    return Math.min(check.position, ...watchers.map(({ position }) => position))
  }
  const compactor = new Compactor(load, needed)
  const retention = story.removes
    ? [compactor, new OldestReader(load), new OldestReader(load, `${LOAD}1`)]
    : []

  for (let round = 0; round < kills; round++) {
    if (random(5) === 0) await dieStarting(folder, random(300))
    await using hub = await HubProcess.start({ folder, config })
    for (const one of [...publishers, ...watchers, ...retention]) await one.begin()
    await Promise.all([checkLog(hub, check), ...publishers.map((publisher) => publisher.underWay())])
    await setTimeout(50 + random(350))
    await hub.signal('SIGKILL')
    expect(witness.faults, `after round ${round}`).toEqual([])
  }

  await using hub = await HubProcess.start({ folder, config })
  for (const one of [...publishers, ...watchers, ...retention]) await one.begin()
  await Promise.all(publishers.map((publisher) => publisher.underWay()))
  // After few rounds, there may not yet be enough events for any to expire.
  await eventually(async () => {
    await checkLog(hub, check)
    return !story.removes || compactor.removals > 0
  })
  await Promise.all([...publishers, ...retention].map((one) => one.stop()))
  let events = 0
  const extent = await checkLog(hub, new LogCheck(witness, durable), (event) => {
    events++
    for (const watcher of watchers) watcher.expect(event)
  })
  await Promise.all(watchers.map((watcher) => watcher.finish(extent)))
  expect(witness.faults).toEqual([])
  // A crash may lose events that were accepted but not durable, but their publisher is notified.
  expect(witness.lostCount).toBeLessThanOrEqual(careless.lost)
  const verified = await hub.tocsin(['log', 'verify'])
  expect(verified).toMatchObject({ code: 0 })
  const { first, lost } = extent
  if (story.removes) expect(first).toBeGreaterThan(1)
  console.log(
    `crash: ${events} events from @${first}, ${witness.lostCount} accepted ones lost of ${careless.lost} reported, ${lost.length} gaps`,
  )
  expect(await hub.stop()).toMatchObject({ code: 0 })
}

function cast(load: Omit<LoadOptions, 'producer'>) {
  const { address, witness, random } = load
  const options = (producer: number) => ({ ...load, producer, random: randomFrom(random(2 ** 31)) })
  const careless = new LanePublisher(options(0), false)
  const publishers: LoadPublisher[] = [
    careless,
    new LanePublisher(options(1), true),
    new BatchPublisher(options(2)),
    new RestartingPublisher(options(3)),
  ]
  const consumer = new Consumer({ name: 'consumer', address, filter: LOAD, witness })
  const watchers: Watcher[] = [
    new Follower({ name: 'all', address, filter: undefined, witness }),
    new Follower({ name: 'one', address, filter: `${LOAD}2`, witness }),
    new Resumer({ name: 'resumer', address, filter: LOAD, witness }),
    consumer,
  ]
  return { publishers, watchers, careless, consumer }
}

async function checkLog(hub: HubProcess, check: LogCheck, visit?: (event: Event) => void) {
  await using client = await connect({ address: hub.socket })
  await check.run(client, visit)
  return await client.request<LogInfo>('log.info')
}

/** Starts a hub that is killed before it is ready, or shortly after. */
async function dieStarting(folder: string, ms: number): Promise<void> {
  const config = ['--config', join(folder, 'tocsin.yaml')]
  const places = ['--data', join(folder, 'data'), '--socket', join(folder, 'tocsin.sock')]
  const starting = startTocsin(['serve', ...config, ...places, '--no-sources'])
  await setTimeout(ms)
  await starting.signal('SIGKILL')
}
