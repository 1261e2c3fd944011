import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { pick, randomFrom } from '../fuzz/mutations.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { BusyDevice, type Sent } from './netconf-rounds/device.js'

/** NETCONF_SEED: repeats the faults of a run, though not their moments; the seed of every run is printed. */
const rounds = repeats(1, 200)
const seed = Number(process.env.NETCONF_SEED ?? Math.floor(Math.random() * 2 ** 32))
/** Room in the logs of the devices: the last one soon forgets what the hub has not read. */
const KEPT = [1000, 1000, 12]
/** The time of a notification is in whole seconds, of a clock that may be a few ms behind. */
const SECOND_MS = 1050

const random = randomFrom(seed)
const folder = temporaryFolder('netconf-rounds')

test('of genuine devices, nothing is missing without a gap, and nothing comes twice but after a kill of the hub', {
  timeout: 120_000 + rounds * 60_000,
}, async () => {
  console.log(`netconf: NETCONF_SEED=${seed} for ${rounds} rounds`)
  const devices: BusyDevice[] = []
  for (const [nth, kept] of KEPT.entries())
    devices.push(await BusyDevice.start(`r${nth + 1}`, kept, randomFrom(seed + nth)))
  await using scene = new Scene(devices)
  await scene.begin()
  for (let round = 0; round < rounds; round++) await scene.suffer()
  await scene.settle()
})

/** An event of the log of the hub, in the order in which it was stored. */
interface Stored {
  readonly seq: number
  readonly tag: string
  readonly data: Record<string, unknown>
}

/** Three devices, and a hub that listens to them. */
class Scene implements AsyncDisposable {
  readonly #devices: readonly BusyDevice[]
  #hub: HubProcess | undefined
  /** Of each start of the hub, whether it had been killed. */
  readonly #killed: boolean[] = []

  constructor(devices: readonly BusyDevice[]) {
    this.#devices = devices
  }

  async begin(): Promise<void> {
    await this.#start(false)
    await expect.poll(() => this.#states()).toEqual(this.#devices.map(() => 'up'))
    for (const device of this.#devices) device.begin()
  }

  /** One or two faults at the same time, and some quiet time. */
  async suffer(): Promise<void> {
    const device = pick(this.#devices, random)
    const ofDevice = pick(
      [
        () => device.kill(random(3000)),
        () => device.suspend(random(8000)),
        () => device.cut(),
        () => device.burst(5 + random(15)),
      ],
      random,
    )
    const ofHub = () => this.#away(pick(['SIGKILL', 'SIGTERM'], random), random(6000))
    const faults = pick([[ofDevice], [ofHub], [ofDevice, ofHub]], random)
    await Promise.all(faults.map((fault) => fault()))
    await setTimeout(random(4000))
  }

  /** Waits until every notification is stored or within a gap. */
  async settle(): Promise<void> {
    const last = await Promise.all(this.#devices.map((device) => device.settle()))
    const wait = { timeout: 100_000, interval: 500 }
    await expect.poll(async () => this.#lost(await this.#stored()), wait).toEqual([])
    const events = await this.#stored()
    for (const [nth, { name }] of this.#devices.entries())
      expect(findingsOf(events, name, last[nth]), 'the last session').toHaveLength(1)
    expect(repeatedWithoutKill(events, this.#killed)).toEqual([])
    const sent = this.#devices.reduce((sum, { sent }) => sum + sent.length, 0)
    const gaps = events.filter(({ tag }) => tag.startsWith('hub/gap/netconf/')).length
    console.log(`netconf: ${sent} notifications, ${gaps} gaps`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub?.[Symbol.asyncDispose]()
    for (const device of this.#devices) await device[Symbol.asyncDispose]()
  }

  /** Notifications that are neither stored nor within a gap. */
  #lost(events: readonly Stored[]): string[] {
    return this.#devices.flatMap(({ name, sent }) =>
      sent
        .filter((each) => findingsOf(events, name, each).length === 0 && !isInGap(events, name, each))
        .map(
          ({ kind, session, before }) => `${name} ${kind} ${session} at ${new Date(before).toISOString()}`,
        ),
    )
  }

  async #away(signal: NodeJS.Signals, pauseMs: number): Promise<void> {
    await this.#hub?.signal(signal)
    await setTimeout(pauseMs)
    await this.#start(signal === 'SIGKILL')
  }

  async #start(isKilled: boolean): Promise<void> {
    this.#killed.push(isKilled)
    const sources = { system: { enabled: false }, netconf: this.#devices.map(({ source }) => source) }
    this.#hub = await HubProcess.start({ folder, sources: true, config: JSON.stringify({ sources }) })
  }

  async #states(): Promise<string[]> {
    await using client = await connect({ address: this.#hub!.socket })
    const { sources } = await client.request('hub.status', {})
    return sources.filter(({ name }) => name.startsWith('netconf/')).map(({ state }) => state)
  }

  async #stored(): Promise<Stored[]> {
    await using client = await connect({ address: this.#hub!.socket })
    const events: Stored[] = []
    for await (const { seq, tag, data } of client.read().events())
      events.push({ seq, tag, data: data as Record<string, unknown> })
    return events
  }
}

function findingsOf(
  events: readonly Stored[],
  name: string,
  { kind, session, after, before }: Sent,
): Stored[] {
  return events.filter(({ tag, data }) => {
    if (tag !== `netconf/${name}/${kind}`) return false
    const { time, content } = data as { time: string; content: Record<string, unknown> }
    const at = Date.parse(time)
    return content['session-id'] === session && at > after - SECOND_MS && at <= before
  })
}

function isInGap(events: readonly Stored[], name: string, { after, before }: Sent): boolean {
  return events.some(
    ({ tag, data: { from, to } }) =>
      tag === `hub/gap/netconf/${name}` &&
      Date.parse(from as string) <= before &&
      Date.parse(to as string) > after - SECOND_MS,
  )
}

/** A notification may be stored again by a hub that was killed before it stored how far it had come. */
function repeatedWithoutKill(events: readonly Stored[], killed: readonly boolean[]): Stored[] {
  const seen = new Map<string, number>()
  let [starts, kills] = [0, 0]
  return events.filter((event) => {
    if (event.tag === 'hub/started' && killed[starts++]) kills++
    if (!event.tag.startsWith('netconf/')) return false
    const key = JSON.stringify([event.tag, event.data])
    const isRepeated = seen.get(key) === kills
    seen.set(key, kills)
    return isRepeated
  })
}
