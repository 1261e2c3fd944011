import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { encodeRecord } from '../../../src/bus/consumers/consumer-record.js'
import { Damage } from '../../../src/hub/reports/damage.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import type { HubStatus } from '../../../src/methods/contract/index.js'
import { openLmdbState } from '../../../src/state/index.js'
import { Environment } from '../../../src/storage/environment.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let data: string

beforeEach(() => {
  data = temporaryFolder('damage')
})

async function withHub<Result>(use: (hub: TestHub) => Promise<Result>): Promise<Result> {
  const hub = await startTestHub({ data })
  hub.hub.start()
  try {
    return await use(hub)
  } finally {
    await hub.close()
  }
}

async function statusOf(hub: TestHub): Promise<HubStatus> {
  const client = await hub.connect()
  try {
    return (await client.request('hub.status', {})) as HubStatus
  } finally {
    await client.close()
  }
}

/** Returns the tag and data of the events that the hub has stored under the prefix. */
async function eventsOf(hub: TestHub, prefix: string): Promise<{ tag: string; data: unknown }[]> {
  const client = await hub.connect()
  const found: { tag: string; data: unknown }[] = []
  for await (const { tag, data } of client.read(prefix, { from: 'start' }).events()) found.push({ tag, data })
  await client.close()
  return found
}

async function publishSome(hub: TestHub): Promise<void> {
  const client = await hub.connect()
  for (let nth = 0; nth < 5; nth++) await client.publish('a/b', { nth })
  await client.close()
}

test('a log whose newest segment is gone is told to the operator, in the status and by one event', async () => {
  await withHub(publishSome)
  rmSync(join(data, 'log', 'segments'), { recursive: true })
  await withHub(async (hub) => {
    const missing = expect.stringMatching(
      /^events of the log are lost or cannot be read: at most @1 to @\d+: a segment was removed/,
    )
    expect(hub.hub.notes).toEqual([missing])
    expect((await statusOf(hub)).damage).toEqual([missing])
    const [event, ...others] = await eventsOf(hub, 'hub/log/')
    expect(event).toEqual({
      tag: 'hub/log/damage',
      data: { from: 1, to: expect.any(Number), reason: expect.stringMatching(/^a segment was removed/) },
    })
    expect(others).toEqual([])
  })
  await withHub(async (hub) => {
    expect(hub.hub.notes).toEqual([])
    expect(await eventsOf(hub, 'hub/log/')).toHaveLength(1)
  })
})

test.each(['removed', 'emptied'])(
  'a state store that was %s while the log is not new is told, in the status and by one event',
  async (way) => {
    await withHub(publishSome)
    if (way === 'removed') rmSync(join(data, 'state'), { recursive: true })
    else truncateSync(join(data, 'state', 'data.mdb'))
    await withHub(async (hub) => {
      const lost = expect.stringMatching(/state was empty, but the log is not new: durable consumers, tokens/)
      expect(hub.hub.notes).toEqual([lost])
      expect((await statusOf(hub)).damage).toEqual([lost])
      expect(await eventsOf(hub, 'hub/state/')).toEqual([
        { tag: 'hub/state/lost', data: { folder: 'state' } },
      ])
    })
    await withHub(async (hub) => expect(hub.hub.notes).toEqual([]))
  },
)

test('a new hub has nothing to report', async () => {
  for (let start = 0; start < 2; start++) await withHub(async (hub) => expect(hub.hub.notes).toEqual([]))
})

/** Changes the stored records of a bucket. */
async function damageRecords(bucket: string, change: (bytes: Uint8Array) => Uint8Array): Promise<string[]> {
  const environment = new Environment({ folder: join(data, 'state'), tables: [bucket], mapSize: 1024 ** 2 })
  const table = environment.table(bucket)
  const keys = [...table.getKeys()].map(String)
  for (const key of keys) await environment.commit([{ table: bucket, key, value: change(table.get(key)!) }])
  await environment.close()
  return keys
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length >> 1] ^= 4
  return copy
}

/** An entry of the first format of the state store, without a checksum, whose value is not readable. */
function unreadable(): Uint8Array {
  return Uint8Array.from([1, ...Array<number>(15).fill(0), 0xc1, 0xff])
}

test.each([
  ['flipped', flipped],
  ['unreadable', unreadable],
])('a hub starts with %s records, names each, and refuses only the consumer', async (_name, change) => {
  await withHub(async (hub) => {
    const client = await hub.connect()
    await client.request('consumers.create', { name: 'worker', from: 'start' })
    await client.request('tokens.add', { name: 'ci', rights: { publish: ['ci/'] } })
    await client.close()
    await publishSome(hub)
  })
  rmSync(join(data, 'state.copy'))
  const keys = [...(await damageRecords('consumers', change)), ...(await damageRecords('principals', change))]
  const producers = await damageRecords('producers', change)
  await withHub(async (hub) => {
    const file = join(data, 'state', 'data.mdb')
    for (const key of keys) {
      expect(hub.hub.notes).toContainEqual(expect.stringContaining(`/${key} in ${file} is damaged: `))
    }
    expect(hub.hub.notes).toContainEqual(expect.stringContaining('the record producers/'))
    const events = await eventsOf(hub, 'hub/state/damage')
    expect(events.length).toBe(hub.hub.notes.length)
    expect(events.map((event) => event.data)).toContainEqual(
      expect.objectContaining({ bucket: 'consumers', key: 'worker', file: 'state/data.mdb' }),
    )
    const client = await hub.connect()
    await expect(client.request('consumers.create', { name: 'worker' })).rejects.toMatchObject({
      code: 'TCN_CONSUMER_DAMAGED',
      message: expect.stringContaining('the record of the consumer worker cannot be used: '),
    })
    await client.request('consumers.create', { name: 'other' })
    await client.request('consumers.delete', { name: 'worker' })
    await client.request('consumers.create', { name: 'worker' })
    await client.close()
    expect(producers.length).toBeGreaterThan(0)
  })
})

test('a state store with a damaged page is put aside, and its sound records are kept', async () => {
  await withHub(async (hub) => {
    const client = await hub.connect()
    await client.request('consumers.create', { name: 'worker', from: 'start' })
    await client.request('tokens.add', { name: 'ci', rights: { publish: ['ci/'] } })
    await client.close()
    await publishSome(hub)
  })
  const file = join(data, 'state', 'data.mdb')
  const bytes = readFileSync(file)
  // A page with tokens; what is in other pages is sound.
  const at = (bytes.lastIndexOf('publish') >> 12) << 12
  writeFileSync(file, bytes.fill(0, at, at + 4096))
  await withHub(async (hub) => {
    const note = expect.stringMatching(
      /state store was damaged: .*page \d+ at offset \d+: .*tokens and passwords/,
    )
    expect((await statusOf(hub)).damage).toEqual([note])
    const [event] = await eventsOf(hub, 'hub/state/damage')
    expect(JSON.stringify(event)).not.toContain(data)
    const client = await hub.connect()
    const { consumers } = await client.request<{ consumers: { name: string }[] }>('consumers.list')
    expect(consumers.map(({ name }) => name)).toEqual(['worker'])
    await client.close()
  })
  await withHub(async (hub) => expect(hub.hub.notes).toEqual([]))
})

test('a stored consumer whose filter is over a limit of this version keeps no hub from starting, and is named', async () => {
  await withHub(publishSome)
  const state = await openLmdbState({ runtime: realRuntime, folder: join(data, 'state') })
  const nested = `${'UPPER('.repeat(40)}subject${')'.repeat(40)} = 'A'`
  const position = { epoch: 'a', taken: 0, open: [] }
  await state
    .bucket('consumers')
    .put('old', encodeRecord({ filter: JSON.stringify({ sql: nested }), created: 1, position }))
  await state.close()
  await withHub(async (hub) => {
    expect(hub.hub.notes).toEqual([expect.stringContaining('the record consumers/old')])
  })
})

test('findings beyond the first fifty are counted', () => {
  const damage = new Damage('/data')
  const events: unknown[] = []
  for (let nth = 0; nth < 60; nth++) damage.add(`finding ${nth}`, `hub/test/${nth}`, {})
  damage.announce((event) => events.push(event))
  expect(events).toHaveLength(50)
  expect(damage.texts).toHaveLength(51)
  expect(damage.texts.at(-1)).toBe('10 more findings like these')
})

/** A data folder with a consumer that has done two of five events, whose position is returned, and a token. */
async function withState(): Promise<string> {
  return withHub(async (hub) => {
    const client = await hub.connect()
    await publishSome(hub)
    const subscription = client.subscribe('a/b', { consumer: 'worker', from: 'start' })
    let done = 0
    for await (const event of subscription.events()) {
      subscription.ack(event)
      if (++done === 2) break
    }
    await client.request('tokens.add', { name: 'ci', rights: { publish: ['ci/'] } })
    await client.request('tokens.add', { name: 'old', rights: { publish: ['old/'] } })
    await client.request('tokens.revoke', { name: 'old' })
    const { cursor } = await client.request<{ cursor: string }>('consumers.get', { name: 'worker' })
    expect(cursor).not.toMatch(/-0$/)
    await client.close()
    return cursor
  })
}

const stateDamages: Record<string, () => unknown> = {
  removed: () => rmSync(join(data, 'state'), { recursive: true }),
  emptied: () => truncateSync(join(data, 'state', 'data.mdb')),
  'filled with zeros': () => {
    const file = join(data, 'state', 'data.mdb')
    writeFileSync(file, Buffer.alloc(readFileSync(file).length))
  },
  'changed in each record': async () => {
    await damageRecords('consumers', flipped)
    await damageRecords('principals', flipped)
  },
}

test.each(Object.keys(stateDamages))(
  'tokens and positions of consumers of a state store that was %s come back from its copy, and it is said',
  async (damage) => {
    const cursor = await withState()
    await stateDamages[damage]()
    await withHub(async (hub) => {
      const client = await hub.connect()
      expect(await client.request('tokens.list')).toMatchObject({ tokens: [{ name: 'ci' }] })
      expect(await client.request('consumers.get', { name: 'worker' })).toMatchObject({ cursor })
      const said = expect.stringMatching(/1 of durable consumers|1 of tokens and passwords/)
      expect((await statusOf(hub)).damage).toEqual([said])
      expect(await eventsOf(hub, 'hub/state/')).toHaveLength(1)
      await client.close()
    })
    await withHub(async (hub) => expect(hub.hub.notes).toEqual([]))
  },
)

test('without a copy, the hub says how to make tokens and consumers again', async () => {
  await withState()
  rmSync(join(data, 'state'), { recursive: true })
  rmSync(join(data, 'state.copy'))
  await withHub(async (hub) => {
    expect(hub.hub.notes).toEqual([expect.stringContaining('make new ones with `tocsin token add`')])
  })
})
