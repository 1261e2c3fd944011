import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it } from 'vitest'
import type { TestHubOptions } from '../../src/hub/testing.js'
import type { SinkInfo } from '../../src/methods/contract/index.js'
import { sinks } from '../../src/sinks/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Broker } from './mqtt/broker.js'
import { SilentBroker } from './mqtt/silent-broker.js'
import { Database } from './postgresql/database.js'
import { Receiver } from './receiver.js'
import { QUICK, SinkHub } from './sink-hub.js'
import { SmtpServer } from './smtp-server.js'

type Settings = NonNullable<NonNullable<TestHubOptions['config']>['sinks']>[string]
type Distributed<Type> = Type extends unknown ? Omit<Type, 'filter' | 'retry'> : never
/** A destination that never takes events with this word, and the settings of a sink for it. */
type Hostile = AsyncDisposable & { settings: Distributed<Settings> }

const WORD = 'poison'
const batch = { events: 10, wait: '100ms' }

const of = (part: AsyncDisposable, settings: Hostile['settings']): Hostile => ({
  settings,
  [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
})

async function receiver(
  refusal: 'ends' | 'hangs' | 400 | 500,
  settings: (url: string) => Hostile['settings'],
) {
  const server = await Receiver.start()
  server.answer = ({ bytes }, response) => {
    if (!bytes.includes(WORD)) response.end()
    else if (refusal === 'ends') response.destroy()
    else if (refusal !== 'hangs') response.writeHead(refusal).end()
  }
  return of(server, settings(server.url))
}

const webhook = (url: string) => ({ type: 'webhook' as const, url })
const hurried = (url: string) => ({ ...webhook(url), timeout: '500ms' })
const otlp = (url: string) => ({
  type: 'otlp' as const,
  url,
  encoding: 'json' as const,
  batch,
})

async function mailServer(refusal: string | undefined): Promise<Hostile> {
  const server = await SmtpServer.start()
  server.refuses = { word: WORD, answer: refusal }
  const mail = { encryption: 'none' as const, sender: 'a@example.com', recipients: ['b@example.com'] }
  return of(server, { type: 'mail', server: `127.0.0.1:${server.port}`, ...mail, batch })
}

/** mosquitto ends the connection of a client whose packet is too long. */
async function broker(version: '5' | '3.1.1'): Promise<Hostile> {
  const server = await Broker.start(['allow_anonymous true', 'max_packet_size 5000'])
  return of(server, { type: 'mqtt', broker: `127.0.0.1:${server.port}`, version, batch })
}

/** With version 3.1.1, as brokers of which nothing else is known. */
async function silentBroker(): Promise<Hostile> {
  const server = await SilentBroker.start(WORD)
  const address = { broker: `127.0.0.1:${server.port}`, version: '3.1.1' as const, timeout: '500ms' }
  return of(server, { type: 'mqtt', ...address, batch })
}

const trigger = (rule: string) =>
  `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${rule}; RETURN new; END $$;
  CREATE TRIGGER refusing BEFORE INSERT ON events FOR EACH ROW WHEN (new.data::text LIKE '%${WORD}%')
  EXECUTE FUNCTION refuse()`

const ROW_SECURITY = `ALTER TABLE events ENABLE ROW LEVEL SECURITY;
  CREATE POLICY writing ON events USING (true) WITH CHECK (data::text NOT LIKE '%${WORD}%')`

async function database(rules: string, role = 'postgres'): Promise<Hostile> {
  const server = await Database.start()
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres' })
  await client.connect()
  const columns =
    'epoch text, seq bigint, time timestamptz, stored timestamptz, tag text, source text, type text'
  await client.query(
    `CREATE TABLE events (${columns}, attributes jsonb, data jsonb, PRIMARY KEY (epoch, seq));
    CREATE ROLE writer LOGIN; GRANT ALL ON events TO writer; ${rules}`,
  )
  await client.end()
  const place = { place: `127.0.0.1:${server.port}`, database: 'postgres', user: role, table: 'events' }
  return of(server, { type: 'postgresql', ...place, secure: false, batch })
}

async function program(script: string, timeout = '10s'): Promise<Hostile> {
  const command = ['/bin/sh', '-c', `read -r line; case $line in *${WORD}*) ${script};; esac`]
  return of({ [Symbol.asyncDispose]: async () => {} }, { type: 'exec', command, timeout })
}

async function syslogReceiver(): Promise<Hostile> {
  const serve = (socket: Socket) =>
    socket.on('error', () => {}).on('data', (piece) => piece.includes(WORD) && socket.resetAndDestroy())
  const server = createServer(serve)
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return of(server, { type: 'syslog', address: `127.0.0.1:${port}` })
}

const hostile: Record<string, () => Promise<Hostile>> = {
  'webhook: 400': () => receiver(400, webhook),
  'webhook: 500': () => receiver(500, webhook),
  'webhook: 500 at a batch': () => receiver(500, (url) => ({ ...webhook(url), mode: 'batch', batch })),
  'webhook: 500 with several deliveries': () => receiver(500, (url) => ({ ...webhook(url), parallel: 2 })),
  'webhook: never answers': () => receiver('hangs', hurried),
  'webhook: ends the connection': () => receiver('ends', webhook),
  'webhook: ends the connection at a batch': () =>
    receiver('ends', (url) => ({ ...webhook(url), mode: 'batch', batch })),
  'otlp: 400': () => receiver(400, otlp),
  'otlp: 500': () => receiver(500, otlp),
  'otlp: ends the connection': () => receiver('ends', otlp),
  'mail: 554': () => mailServer('554 no'),
  'mail: 451': () => mailServer('451 not now'),
  'mail: ends the connection': () => mailServer(undefined),
  'mqtt 5: too long': () => broker('5'),
  'mqtt 3.1.1: too long': () => broker('3.1.1'),
  'mqtt: never acknowledges': silentBroker,
  'postgresql: a trigger raises an error': () => database(trigger("RAISE EXCEPTION 'no'")),
  'postgresql: crashes': () => database(trigger("COPY (SELECT 1) TO PROGRAM 'kill -9 $PPID'")),
  'postgresql: row-level security': () => database(ROW_SECURITY, 'writer'),
  'postgresql: a trigger ends the session': () =>
    database(trigger('PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1)')),
  'exec: exit code': () => program('exit 1'),
  'exec: asks to be run later': () => program('exit 75'),
  'exec: never ends': () => program('sleep 600', '1s'),
}

/** Destinations that answer nothing: an event is delivered when the system has taken its bytes. */
const silent: Record<string, () => Promise<Hostile>> = {
  'syslog: ends the connection': syslogReceiver,
  file: async () => {
    const path = join(temporaryFolder('file-sink'), 'events')
    return of({ [Symbol.asyncDispose]: async () => {} }, { type: 'file', path })
  },
}

const texts = {
  'a/1': 'good',
  'a/2': `${WORD} \0\n\ufffe ${'x'.repeat(10_000)}`,
  'a/3': 'good',
  'a/4': 'good',
}

async function deliverAll({ settings }: Hostile): Promise<SinkHub> {
  const retry = { ...QUICK, tries: 3 }
  const hub = await SinkHub.start({ to: { ...settings, filter: 'a/', retry } as Settings })
  await using client = await hub.test.connect()
  for (const [tag, message] of Object.entries(texts)) await client.publish(tag, { message })
  return hub
}

/** It is known who is to blame when others are taken. Returns the number of events. */
async function publishUntilParked(hub: SinkHub): Promise<number> {
  await using client = await hub.test.connect()
  for (let count = Object.keys(texts).length; ; count++) {
    const isNext = ([{ delivered, parkedEvents }]: SinkInfo[]) => parkedEvents > 0 || delivered === count - 1
    const [{ parkedEvents }] = await hub.until(isNext)
    if (parkedEvents > 0) return count
    await client.publish(`a/${count + 1}`, { message: 'good' })
  }
}

it.each(Object.entries(hostile))(
  'an event that a destination never takes is parked, and those after it are delivered (%s)',
  async (_, start) => {
    await using destination = await start()
    await using hub = await deliverAll(destination)
    const count = await publishUntilParked(hub)
    await hub.until(([{ delivered, parkedEvents }]) => delivered === count - 1 && parkedEvents === 1)
    const { parked } = await hub.request<{ parked: { tag: string; reason: string }[] }>('parked.list')
    expect(parked).toMatchObject([{ tag: 'a/2', reason: expect.stringMatching(/./) }])
  },
)

it.each(Object.entries(silent))(
  'no event holds up a destination that answers nothing (%s)',
  async (_, start) => {
    await using destination = await start()
    await using hub = await deliverAll(destination)
    await hub.until(([{ delivered, parkedEvents }]) => delivered + parkedEvents === 4)
  },
)

it('each type of sink gets an event that it cannot take', () => {
  const tried = [...Object.keys(hostile), ...Object.keys(silent)].map((name) => name.split(/[ :]/)[0])
  expect([...new Set(tried)].sort()).toEqual(sinks.map(({ name }) => name).sort())
})

it('events wait for a server that accepts connections and answers nothing, whatever is sent', async () => {
  await using server = await Receiver.start()
  server.isThere = false
  await using hub = await deliverAll(of(server, webhook(server.url)))
  await hub.until(([{ failures }]) => failures > 6)
  server.isThere = true
  const [{ parked }] = await hub.until(([{ delivered }]) => delivered === 4)
  expect(parked).toBe(0)
})
