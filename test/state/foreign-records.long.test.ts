import { generateKeyPairSync, randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keyOfItem, type PushItem, writeItem } from '../../src/devices/item.js'
import { decode, encode } from '../../src/event/index.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import type { EdgeRecord } from '../../src/methods/edge-records.js'
import { keyChecksum } from '../../src/protocols/sysadm/codec/keys.js'
import { BUCKETS, type BucketName, openLmdbState } from '../../src/state/index.js'
import { randomFrom } from '../fuzz/mutations.js'
import { repeats } from '../helpers/repeats.js'
import { freePorts, LiveHub } from '../hub/live-hub.js'
import { Faults } from '../parts/faults.js'
import { recordOf, STORED_RECORDS } from './stored-records.js'

/** FOREIGN_RECORDS_SEED repeats a run. */
const seed = Number(process.env.FOREIGN_RECORDS_SEED ?? randomInt(2 ** 31))
const rounds = repeats(3, 300)

interface Stored {
  bucket: BucketName
  key: string
  value: Uint8Array
}

/** Hubs that share a log have these, and their own tests. */
const OF_CLUSTERS: readonly BucketName[] = ['claims', 'hubs', 'sharedSources']
/** Stored by what takes long, a login with a key and ten minutes, or needs a device or another hub. */
const LATER: readonly Stored[] = [keyRecord(), clockRecord(), pushRecord(), edgeRecord()]

it('a hub whose records are all foreign names them, begins without them, and serves everybody', async () => {
  console.log(`foreign records: FOREIGN_RECORDS_SEED=${seed}`)
  const live = new LiveHub()
  const [refusing] = await freePorts(1)
  live.write(configuration(live, refusing))
  writeFileSync(live.path('lines.log'), 'one\ntwo\n')
  await live.open()
  await fill(live)
  await live.stop()
  using faults = new Faults()
  const real = [...(await readState(live)), ...LATER]
  expect(kindsOf(real)).toEqual(
    STORED_RECORDS.flatMap(({ bucket, holds }) => (OF_CLUSTERS.includes(bucket) ? [] : holds)).sort(),
  )

  const start = async (records: readonly Stored[]) => {
    await writeState(live, records)
    await live.open()
    await use(live)
    expect([faults.core, faults.parts]).toEqual([[], []])
  }
  await start(real.map((record) => ({ ...record, value: Buffer.of(0xc0) })))
  const named = (await statusOf(live)).damage ?? []
  const atStart = real.filter(({ bucket, key }) => recordOf(bucket, key)?.isReadAtStart)
  const silent = atStart.filter(
    ({ bucket, key }) => !named.some((text) => text.includes(`${bucket}/${key} `)),
  )
  expect(silent.map(({ bucket, key }) => `${bucket}/${key}`)).toEqual([])
  await live.stop()

  const random = randomFrom(seed)
  for (let round = 0; round < rounds; round++) {
    await start(real.map((record) => ({ ...record, value: foreign(record.value, random) })))
    await live.stop()
  }
  await start(real)
  expect((await logIn(live)).status).toBe(200)
  await live.stop()
})

function configuration(live: LiveHub, refusing: number): string {
  const url = `http://127.0.0.1:${refusing}/`
  return `
listen: { unix: [{ path: ${live.path('tocsin.sock')} }], http: '127.0.0.1:0' }
sysadm: { listen: '127.0.0.1:0' }
salt: [{ bus: master, tcp: { pub: 0, pull: 0 }, rest: { address: '127.0.0.1:0', disableSsl: true } }]
principals: { ann: { see: '*', publish: '*', sysadm: full } }
jobs: { programs: '*' }
sources:
  system: { enabled: false }
  files: [{ name: lines, lines: [${live.path('lines.log')}], from: start }]
sinks:
  parking: { type: webhook, url: '${url}', filter: park/, retry: { pause: 100ms, patience: 1s } }
  held: { type: webhook, url: '${url}', filter: never/ }
rules:
  late: { filter: in/, unlessFollowedBy: { filter: no/, within: 10m }, fire: { tag: out/late } }
`
}

/** Makes the hub store each kind of record. */
async function fill(live: LiveHub): Promise<void> {
  const { admin } = live
  const http = await addressOf(live, 'http')
  const { token } = await admin.request<{ token: string }>('tokens.add', {
    name: 'post',
    rights: { publish: '*', see: '*' },
  })
  const headers = {
    authorization: `Bearer ${token}`,
    'idempotency-key': 'one',
    'content-type': 'application/json',
  }
  const posted = await fetch(`${http}/v1/events`, { method: 'POST', headers, body: '{"tag":"in/posted"}' })
  expect(posted.status).toBe(200)
  await admin.request('passwords.set', { principal: 'ann', password: PASSWORD })
  expect((await logIn(live)).status).toBe(200)
  await admin.request('views.save', { name: 'mine', query: 'f=in/', shared: true })
  await admin.request('jobs.run', { commands: ['/bin/true'] })
  await admin.request('sinks.pause', { name: 'held' })
  await admin.publish('park/one', { text: 'x'.repeat(100) })
  await admin.publish('in/waits', {})
  await expect
    .poll(async () => (await statusOf(live)).sinks, { timeout: 20_000 })
    .toMatchObject([
      { name: 'held', state: 'paused' },
      { name: 'parking', parked: 1 },
    ])
  await expect
    .poll(async () => (await statusOf(live)).rules, { timeout: 10_000 })
    .toMatchObject([{ waiting: 1 }])
  await expect
    .poll(async () => (await statusOf(live)).sources, { timeout: 10_000 })
    .toMatchObject([{ name: 'files/lines', events: 2 }])
  await hasFinishedJobs(live)
}

/** Everything that reads records answers, and all parts continue with other events. */
async function use(live: LiveHub): Promise<void> {
  const { admin } = live
  for (const method of READERS) await admin.request<unknown>(method)
  const parked = await admin.request<{ parked: { id: string }[] }>('parked.list')
  for (const { id } of parked.parked) await admin.request('parked.get', { id })
  await admin.request('consumers.create', { name: 'other', filters: 'in/' }).catch(() => undefined)
  await admin.request('views.save', { name: 'mine', query: 'f=in/', shared: true, replace: true })
  const { token } = await admin.request<{ token: string }>('tokens.add', {
    name: `t${++tokens}`,
    rights: { publish: '*', see: '*' },
  })
  const http = await addressOf(live, 'http')
  const headers = {
    authorization: `Bearer ${token}`,
    'idempotency-key': 'one',
    'content-type': 'application/json',
  }
  const posted = await fetch(`${http}/v1/events`, { method: 'POST', headers, body: '{"tag":"in/posted"}' })
  expect(posted.status).toBe(200)
  await admin.publish('in/waits', {})
  await admin.publish('no/more', {})
  await expect
    .poll(async () => (await statusOf(live)).rules, { timeout: 10_000 })
    .toMatchObject([{ name: 'late', state: 'up' }])
}

const PASSWORD = 'correct horse'
const READERS = [
  ...['consumers.list', 'jobs.list', 'rules.list', 'sinks.list', 'sources.list', 'subscribers.list'],
  ...['tokens.list', 'views.list', 'hub.history', 'log.info', 'config.history'],
]
let tokens = 0

function statusOf({ admin }: LiveHub): Promise<HubStatus> {
  return admin.request<HubStatus>('hub.status')
}

async function hasFinishedJobs({ admin }: LiveHub): Promise<void> {
  const jobs = () => admin.request('jobs.list', { state: 'finished' })
  await expect.poll(jobs, { timeout: 10_000 }).toMatchObject({ jobs: [{}] })
}

async function addressOf(live: LiveHub, face: string): Promise<string> {
  const { listeners } = await statusOf(live)
  return listeners.find((listener) => listener.face === face)!.address
}

async function logIn(live: LiveHub): Promise<Response> {
  const body = new URLSearchParams({ username: 'ann', password: PASSWORD, eauth: 'pam' })
  return fetch(`${await addressOf(live, 'salt-api')}/login`, { method: 'POST', body })
}

function keyRecord(): Stored {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))
  const record = { principal: 'ann', key: pem.toString('base64'), nickname: '', email: '', registered: 1 }
  const key = `sysadm-key/ann/${keyChecksum(pem)}`
  return { bucket: 'principals', key, value: Buffer.from(JSON.stringify(record)) }
}

function pushRecord(): Stored {
  const item: PushItem = {
    ...{ id: 1_795_780_800_000_000, device: 'r1', user: 'admin', usid: 0, change: '<a/>', confirm: 60 },
    ...{ state: 'completed', since: 1_795_780_800_000_000, attempts: 1, has: 'new' },
  }
  return { bucket: 'pushes', key: keyOfItem(item), value: writeItem(item) }
}

function edgeRecord(): Stored {
  const record: EdgeRecord = {
    ...{ name: 'web1', principal: 'ann', address: 'tcp://192.0.2.7:1', hub: '', isUp: false },
    ...{ since: 1_795_780_800_000_000, events: 5, waiting: 0, gaps: 0 },
  }
  return { bucket: 'edges', key: 'ann/web1', value: encode(record) }
}

function clockRecord(): Stored {
  const value = Buffer.from(JSON.stringify({ time: Date.now() * 1000, doubted: 0 }))
  return { bucket: 'meta', key: 'clock', value }
}

function kindsOf(records: readonly Stored[]): string[] {
  const kinds = records.map(({ bucket, key }) => recordOf(bucket, key)?.holds ?? `unknown: ${bucket}/${key}`)
  return [...new Set(kinds)].sort()
}

async function withState<Result>(
  live: LiveHub,
  work: (state: Awaited<ReturnType<typeof openLmdbState>>) => Promise<Result>,
): Promise<Result> {
  const state = await openLmdbState({ runtime: nodeRuntime(), folder: join(live.path('data'), 'state') })
  try {
    return await work(state)
  } finally {
    await state.close()
  }
}

function readState(live: LiveHub): Promise<Stored[]> {
  return withState(live, async (state) => {
    const found: Stored[] = []
    for (const bucket of BUCKETS)
      for await (const { key, value } of state.bucket(bucket).list()) found.push({ bucket, key, value })
    return found
  })
}

/** Replaces everything that is stored. */
async function writeState(live: LiveHub, records: readonly Stored[]): Promise<void> {
  await withState(live, async (state) => {
    for (const bucket of BUCKETS)
      for await (const { key } of state.bucket(bucket).list()) await state.bucket(bucket).delete(key)
    for (const { bucket, key, value } of records) await state.bucket(bucket).put(key, value)
  })
}

type Random = (below: number) => number

/** Another program, or another version of this one, may have left this there. */
function foreign(real: Uint8Array, random: Random): Uint8Array {
  const choices = [
    () => encode(pick(ODD, random)),
    () => Buffer.from(JSON.stringify(pick(ODD, random))),
    () => Buffer.alloc(random(3), 0xc1),
    () => real.subarray(0, random(real.length + 1)),
    () => changedRecord(real, random),
    () => changedRecord(real, random),
    () => changedRecord(real, random),
  ]
  return pick(choices, random)()
}

const ODD = [null, true, 0, -1, 2 ** 40, 1.5, '', 'text', [], [null], {}, { a: null }, [[]], [[1, 2], [3]]]

/** The record with one of its values changed, removed, or null for undefined. */
function changedRecord(real: Uint8Array, random: Random): Uint8Array {
  const isJson = real[0] === 0x7b
  const record = readRecord(real, isJson)
  if (typeof record !== 'object' || record === null) return Buffer.from(real).reverse()
  change(record as Record<string, unknown>, random)
  return isJson ? Buffer.from(JSON.stringify(record)) : encode(record)
}

function readRecord(real: Uint8Array, isJson: boolean): unknown {
  try {
    return isJson ? JSON.parse(Buffer.from(real).toString()) : decode(real)
  } catch {
    return undefined
  }
}

function change(record: Record<string, unknown>, random: Random): void {
  const keys = Object.keys(record)
  if (keys.length === 0) return
  const key = pick(keys, random)
  const value = record[key]
  if (typeof value === 'object' && value !== null && random(3) > 0) change(value as never, random)
  else if (random(3) === 0) delete record[key]
  else record[key] = pick(ODD, random)
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random(items.length)]
}
