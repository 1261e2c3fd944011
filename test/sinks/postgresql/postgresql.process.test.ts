import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { hubConfig } from '../../../src/hub/config/index.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { QUICK, SinkHub } from '../sink-hub.js'
import { Database } from './database.js'

let database: Database
beforeAll(async () => {
  database = await Database.start()
})
afterEach(() => database.query('DROP TABLE IF EXISTS tocsin_events'))
afterAll(() => database?.[Symbol.asyncDispose]())

const sink = (more = {}) => ({
  archive: {
    type: 'postgresql' as const,
    place: `127.0.0.1:${database.port}`,
    database: 'postgres',
    user: 'postgres',
    create: true,
    filter: 'a/',
    batch: { wait: '0s' },
    retry: QUICK,
    ...more,
  },
})

it('each event is a row with its number, times, tag, source, type, attributes and data', async () => {
  await using hub = await SinkHub.start(sink())
  await using client = await hub.test.connect()
  const data = { level: 3, text: 'größer', list: [1, null], zero: 'a\0b\\u0000', big: 2n ** 60n }
  const { cursor } = await client.publish('a/1', data, {
    attributes: { time: '2026-11-20T05:00:00.123456Z' },
  })
  await hub.until(([{ delivered }]) => delivered === 1)
  const [row] = await database.query(
    "SELECT *, epoch || '-' || seq AS cursor, to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS at, data->>'big' AS big FROM tocsin_events",
  )
  expect(row).toMatchObject({ cursor, tag: 'a/1', at: '2026-11-20 05:00:00.123456', big: String(2n ** 60n) })
  expect(row.attributes).toEqual({ time: '2026-11-20T05:00:00.123456Z' })
  expect(row.data).toMatchObject({ level: 3, text: 'größer', list: [1, null], zero: 'a\ufffdb\\u0000' })
  expect(row.stored).toBeInstanceOf(Date)
})

it('long events and bytes are stored too', async () => {
  await using hub = await SinkHub.start(sink())
  await using client = await hub.test.connect()
  const long = { lines: Array.from({ length: 20_000 }, (_, nth) => `line ${nth}`) }
  await client.publish('a/long', long)
  await client.publish('a/bytes', Buffer.alloc(100_000, 1))
  await hub.until(([{ delivered }]) => delivered === 2)
  const rows = await database.query('SELECT data FROM tocsin_events ORDER BY seq')
  expect(rows).toEqual([{ data: long }, { data: Buffer.alloc(100_000, 1).toString('base64') }])
})

it('an event that is delivered again is not written again', async () => {
  await using hub = await SinkHub.start(sink())
  await hub.publish('a/1', 'a/2', 'a/3')
  await hub.until(([{ delivered }]) => delivered === 3)
  await hub.request('consumers.seek', { name: 'sink.archive', to: 'start' })
  await hub.until(([{ delivered }]) => delivered === 6)
  expect(await database.query('SELECT tag FROM tocsin_events ORDER BY seq')).toEqual([
    { tag: 'a/1' },
    { tag: 'a/2' },
    { tag: 'a/3' },
  ])
})

it('a server that is killed again and again loses no event, and has none twice', async () => {
  await using hub = await SinkHub.start(sink({ batch: { events: 20, wait: '0s' } }))
  await using client = await hub.test.connect()
  const count = 3_000
  const publishing = (async () => {
    for (let nth = 0; nth < count; nth++) await client.publish(`a/${nth}`, { nth })
  })()
  for (let round = 0; round < 3; round++) {
    const before = (await hub.sinks())[0].delivered
    await hub.until(([{ delivered }]) => delivered > before + 50)
    await database.kill()
    await hub.until(([{ state }]) => state === 'retrying')
    await database.run()
  }
  await publishing
  await hub.until(([{ delivered }]) => delivered === count)
  const rows = await database.query("SELECT (data->>'nth')::int AS nth FROM tocsin_events ORDER BY seq")
  expect(rows.map(({ nth }) => nth)).toEqual(Array.from({ length: count }, (_, nth) => nth))
})

it('events wait for a table that does not exist', async () => {
  await using hub = await SinkHub.start(sink({ create: false }))
  await hub.publish('a/1')
  const [{ reason, parked }] = await hub.until(([{ failures }]) => failures > 1)
  expect([reason, parked]).toEqual(['relation "tocsin_events" does not exist', 0])
  await database.query(
    'CREATE TABLE tocsin_events (epoch text, seq bigint, time timestamptz, stored timestamptz, tag text, source text, type text, attributes jsonb, data jsonb, PRIMARY KEY (epoch, seq))',
  )
  await hub.until(([{ delivered }]) => delivered === 1)
})

it('a row that a rule of the table refuses is parked, and the others are written', async () => {
  const retry = { ...QUICK, tries: 1 }
  await using hub = await SinkHub.start(sink({ retry, batch: { events: 3, wait: '10m' } }))
  await using client = await hub.test.connect()
  await hub.publish('a/0', 'a/0', 'a/0')
  await hub.until(([{ delivered }]) => delivered === 3)
  await database.query("ALTER TABLE tocsin_events ADD CHECK (tag <> 'a/bad')")
  for (const tag of ['a/1', 'a/bad', 'a/2']) await client.publish(tag, 1)
  await hub.until(([{ delivered, parked }]) => delivered === 5 && parked === 1)
  const { parked } = await hub.request<{ parked: object[] }>('parked.list')
  expect(parked).toMatchObject([
    { tag: 'a/bad', reason: expect.stringContaining('violates check constraint') },
  ])
})

it('a sink logs in with the password in a file', async () => {
  await database.query("CREATE ROLE tocsin LOGIN PASSWORD 'sesame'; CREATE SCHEMA own AUTHORIZATION tocsin")
  const passwordFile = join(temporaryFolder('password'), 'password')
  writeFileSync(passwordFile, 'wrong\n', { mode: 0o600 })
  await using hub = await SinkHub.start(sink({ user: 'tocsin', passwordFile, table: 'own.events' }))
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toContain('password authentication failed')
  writeFileSync(passwordFile, 'sesame\n', { mode: 0o600 })
  await hub.until(([{ delivered }]) => delivered === 1)
  expect(await database.query('SELECT tag FROM own.events')).toEqual([{ tag: 'a/1' }])
})

it('a server is known by its certificate', async () => {
  await using hub = await SinkHub.start(sink({ secure: true }))
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toContain('self-signed')
  // The server's folder is only for the server.
  const ca = join(temporaryFolder('certificate'), 'ca.pem')
  writeFileSync(ca, readFileSync(database.certificate))
  await using other = await SinkHub.start(sink({ secure: true, tls: { ca } }))
  await other.publish('a/1')
  await other.until(([{ delivered }]) => delivered === 1)
})

it('a statement that takes too long is ended, and its events wait', async () => {
  await using hub = await SinkHub.start(sink({ timeout: '300ms' }))
  await hub.publish('a/1')
  await hub.until(([{ delivered }]) => delivered === 1)
  const locked = database
    .query('BEGIN; LOCK TABLE tocsin_events; SELECT pg_sleep(600); COMMIT')
    .catch(() => undefined)
  await expect
    .poll(() => database.query("SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"))
    .not.toEqual([])
  await hub.publish('a/2')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toBe('no answer within 0.3 s')
  const sleepers = "wait_event = 'PgSleep' AND pid <> pg_backend_pid()"
  await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${sleepers}`)
  await locked
  await hub.until(([{ delivered }]) => delivered === 2)
  expect(await database.query('SELECT tag FROM tocsin_events ORDER BY seq')).toHaveLength(2)
})

it('a name that could be another statement is refused with the configuration', () => {
  const table = 'events; DROP TABLE events'
  expect(() => hubConfig.parse({ sinks: sink({ table }) })).toThrow('must be the name of a table')
})
