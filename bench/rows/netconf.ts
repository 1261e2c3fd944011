import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, connect } from '../../src/client/index.js'
import { finished } from '../../src/incremental/steps.js'
import { standardModules } from '../../src/protocols/netconf/codec/namespaces.js'
import { readNotification } from '../../src/protocols/netconf/codec/notification.js'
import { readXml } from '../../src/protocols/netconf/codec/xml.js'
import type { Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { pause, seconds, until } from '../harness/clock.js'
import { Inspector } from '../harness/inspector.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { settledMegabytes } from '../harness/settled.js'
import { compact, median, spread } from '../harness/statistics.js'
import type { DeviceAddress } from '../roles/netconf-devices.js'
import { notification } from '../sides/netconf-messages.js'
import { freePort } from '../sides/network.js'
import type { RunningSide } from '../sides/side.js'

const DEVICES = 500
const READER_ALONE = 20_000
const MAX_RETURN = 30
const POLL_MS = 100

/** Devices before the measurement: part of their memory is shared, such as compiled code, tables and the young heap. */
const FIRST = 250

/** Seconds until what served only the start is given back. */
const SETTLING = 10

/**
 * Starts of each hub, the lowest of which counts. The first start of a build leaves more behind than others, since it
 * compiles what V8 keeps compiled for later ones.
 */
const STARTS = 2
/** The hub itself collects when it has been calm for a while, and memory that V8 has emptied is given back by the next time. */
const COLLECTIONS = 3

export const netconfIn: Benchmark = {
  rows: [
    {
      name: 'netconf-in',
      what: 'notifications of 670 bytes, stored from one device over SSH, none lost, log on',
      unit: 'notifications/s',
      judge: 'value-at-least',
      must: 10_000,
      aim: 15_000,
    },
  ],
  async run(bench) {
    const { devices, address } = await start(bench)
    return { 'netconf-in': await rateOf(bench, devices, address) }
  },
}

export const netconf500: Benchmark = {
  rows: [
    {
      name: 'netconf-500',
      what: `hub memory for each device that sends nothing, from ${FIRST} to ${DEVICES}; all are back within ${MAX_RETURN} s after the hub starts again`,
      unit: 'KB',
      judge: 'value-at-most',
      must: 40,
      aim: 30,
    },
  ],
  async run(bench) {
    const { devices, address } = await start(bench)
    return { 'netconf-500': await costOf(bench, devices, address) }
  },
}

async function start(bench: Bench): Promise<{ devices: Child; address: DeviceAddress }> {
  const devices = await bench.child('netconf-devices', {})
  return { devices, address: await devices.call<DeviceAddress>('listen') }
}

async function rateOf(bench: Bench, devices: Child, address: DeviceAddress) {
  const hub = await bench.sourceHub(configOf(bench, address, 1))
  const isSubscribed = async () => (await devices.call('sessions')) === 1
  await until('the device is subscribed to', isSubscribed)
  const rates: number[] = []
  const costs: number[] = []
  for (let round = 0; round < bench.rounds; round++) {
    const [before, cpu, start] = [await countsOf(hub), cpuMicros(hub.pid), seconds()]
    const sent = await devices.call<number>('send', bench.quick ? 1 : 4)
    const wanted = before.events + sent
    await until('everything is stored', async () => (await countsOf(hub)).events >= wanted, 60, POLL_MS)
    rates.push(sent / (seconds() - start))
    costs.push((cpuMicros(hub.pid) - cpu) / sent)
  }
  const { lost } = await countsOf(hub)
  await hub.stop()
  const reader = readerRate(bench.quick ? 0.5 : 2)
  return {
    value: median(rates),
    also: [
      { ok: lost === 0, what: `${lost} notifications reported as lost (none)` },
      {
        ok: reader >= READER_ALONE,
        what: `the reader of XML alone: ${compact(reader)} a second of processor time (at least ${READER_ALONE})`,
      },
    ],
    notes: [`${spread(rates)}; µs of the hub a notification: ${compact(median(costs))}`],
  }
}

/** Notifications that become objects in a second of processor time. */
function readerRate(length: number): number {
  const bytes = Buffer.from(notification(1))
  let count = 0
  const [start, from] = [seconds(), process.cpuUsage()]
  for (; seconds() < start + length; count++)
    finished(readNotification(finished(readXml(bytes)), standardModules))
  const { user, system } = process.cpuUsage(from)
  return (count * 1e6) / (user + system)
}

async function costOf(bench: Bench, devices: Child, address: DeviceAddress) {
  const memoryOf = (count: number) => leastMemory(bench, address, count)
  const [one, first, all] = [await memoryOf(1), await memoryOf(FIRST), await memoryOf(DEVICES)]
  const folder = bench.folder()
  const config = configOf(bench, address, DEVICES)
  const hub = await bench.sourceHub(config, folder)
  await allUp(hub, DEVICES)
  await hub.stop()
  const start = seconds()
  const again = await bench.sourceHub(config, folder)
  await allUp(again, DEVICES)
  const back = seconds() - start
  const sessions = await devices.call<number>('sessions')
  await again.stop()
  const cost = (from: number, count: number) => ((all - from) * 1024) / (DEVICES - count)
  return {
    value: cost(first, FIRST),
    also: [
      { ok: sessions === DEVICES, what: `${sessions} sessions with ${DEVICES} devices` },
      { ok: back <= MAX_RETURN, what: `all back after ${compact(back)} s (at most ${MAX_RETURN})` },
    ],
    notes: [
      `the hub: ${compact(one)} MB with one device, ${compact(first)} MB with ${FIRST}, ${compact(all)} MB with ${DEVICES}, which is ${compact(cost(one, 1))} KB each from the first on`,
    ],
  }
}

/** Anonymous memory of a hub with as many devices at rest, MB, after the collections of its first minutes. */
async function leastMemory(bench: Bench, address: DeviceAddress, count: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let start = 0; start < STARTS; start++) {
    const port = await freePort()
    const flags = [`--inspect=127.0.0.1:${port}`]
    const hub = await bench.sourceHub(configOf(bench, address, count), bench.folder(), flags)
    await allUp(hub, count)
    await pause(SETTLING)
    await collectGarbage(port)
    least = Math.min(least, await settledMegabytes(hub.pid))
    await hub.stop()
  }
  return least
}

async function collectGarbage(port: number): Promise<void> {
  const inspector = await Inspector.open(port)
  for (let times = 0; times < COLLECTIONS; times++) {
    await inspector.collectGarbage()
    await pause(1)
  }
  inspector.close()
}

function configOf(bench: Bench, { port, fingerprint }: DeviceAddress, count: number): string {
  const folder = bench.folder()
  mkdirSync(folder, { recursive: true })
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'secret\n', { mode: 0o600 })
  const login = { host: '127.0.0.1', port, user: 'admin', passwordFile, hostKey: fingerprint }
  const devices = Array.from({ length: count }, (_, nth) => ({ name: `r${nth}`, ...login }))
  return JSON.stringify({ sources: { system: { enabled: false }, netconf: devices } })
}

async function sourcesOf(client: Client) {
  const { sources } = await client.request('sources.list', {})
  return sources
}

async function countsOf({ address }: RunningSide): Promise<{ events: number; lost: number }> {
  await using client = await connect({ address })
  const [device] = await sourcesOf(client)
  return device
}

async function allUp({ address }: RunningSide, count: number): Promise<void> {
  await using client = await connect({ address })
  const areUp = async () => (await sourcesOf(client)).filter(({ state }) => state === 'up').length === count
  await until(`${count} devices are up`, areUp, 120, POLL_MS)
}
