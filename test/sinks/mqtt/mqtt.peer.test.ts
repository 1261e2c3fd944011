import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hubConfig } from '../../../src/hub/config/index.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { QUICK, SinkHub } from '../sink-hub.js'
import { Broker } from './broker.js'

const sink = ({ port }: { port: number }, more = {}) => ({
  bus: {
    type: 'mqtt' as const,
    broker: `127.0.0.1:${port}`,
    filter: 'a/',
    batch: { wait: '0s' },
    retry: QUICK,
    ...more,
  },
})

const topics = (broker: Broker) => broker.got.map(({ topic }) => topic)

it.each(['5', '3.1.1'] as const)('an event is published at a broker with version %s', async (version) => {
  await using broker = await Broker.start()
  await broker.watch()
  await using hub = await SinkHub.start(sink(broker, { version }))
  await using client = await hub.test.connect()
  const { cursor } = await client.publish('a/door+#', { open: true })
  await hub.until(([{ delivered }]) => delivered === 1)
  await expect.poll(() => broker.got.length).toBe(1)
  const [{ topic, text, retain }] = broker.got
  expect([topic, retain]).toEqual(['tocsin/a/door%2B%23', false])
  expect(JSON.parse(text)).toMatchObject({ subject: 'a/door+#', data: { open: true }, id: cursor })
})

it('the topic has fields, the payload is the data alone, and the broker keeps the last one', async () => {
  await using broker = await Broker.start()
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of the product.
  const topic = 'rooms/${data.room}/${data.what}'
  await using hub = await SinkHub.start(sink(broker, { topic, payload: 'data', retain: true }))
  await using client = await hub.test.connect()
  await client.publish('a/1', { room: 7, what: 'light', lux: 1 })
  await client.publish('a/1', { room: 7, what: 'light', lux: 300 })
  await hub.until(([{ delivered }]) => delivered === 2)
  await broker.watch()
  await expect.poll(() => broker.got.length).toBe(1)
  expect(broker.got[0]).toMatchObject({ topic: 'rooms/7/light', retain: true })
  expect(JSON.parse(broker.got[0].text)).toEqual({ room: 7, what: 'light', lux: 300 })
})

it.each(['\n', '\u0001', '\u007f', '\u0085', '\ufffe', '\u{1ffff}', '\0'])(
  'a topic has no character that MQTT forbids (%j)',
  async (character) => {
    await using broker = await Broker.start()
    await broker.watch()
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of the product.
    await using hub = await SinkHub.start(sink(broker, { topic: 't/${data.t}' }))
    await using client = await hub.test.connect()
    await client.publish('a/1', { t: `x${character}y` })
    await client.publish('a/2', { t: 'z' })
    const [{ parked, failures }] = await hub.until(([{ delivered }]) => delivered === 2)
    expect([parked, failures]).toEqual([0, 0])
    await expect.poll(() => topics(broker)).toEqual([`t/x${encodeURIComponent(character)}y`, 't/z'])
  },
)

it('events keep their order, also many, and long ones are whole', async () => {
  await using broker = await Broker.start([
    'allow_anonymous true',
    'max_inflight_messages 5',
    'max_queued_messages 0',
  ])
  await broker.watch()
  await using hub = await SinkHub.start(sink(broker, { batch: { events: 100, wait: '0s' } }))
  await using client = await hub.test.connect()
  const tags = Array.from({ length: 300 }, (_, nth) => `a/${nth}`)
  await Promise.all(tags.map((tag) => client.publish(tag, tag)))
  const long = 'x'.repeat(500_000)
  await client.publish('a/long', long)
  await expect.poll(() => broker.got.length).toBe(301)
  expect(topics(broker).slice(0, 300)).toEqual(tags.map((tag) => `tocsin/${tag}`))
  expect(JSON.parse(broker.got[300].text).data).toBe(long)
})

it('events wait for a broker that was killed, and none is missing', async () => {
  await using broker = await Broker.start(['allow_anonymous true'])
  await using hub = await SinkHub.start(sink(broker))
  await hub.publish('a/1')
  await hub.until(([{ delivered }]) => delivered === 1)
  await broker.kill()
  await hub.publish('a/2', 'a/3')
  const [{ reason }] = await hub.until(([{ state }]) => state === 'retrying')
  expect(reason).toMatch(/ECONNREFUSED|closed|ECONNRESET/)
  await broker.run()
  await broker.watch()
  await hub.until(([{ delivered }]) => delivered === 3)
})

it('what the broker refuses is parked, and the others are published once', async () => {
  const folder = temporaryFolder('acl')
  const acl = join(folder, 'acl')
  writeFileSync(acl, 'topic readwrite tocsin/a/yes/#\n', { mode: 0o644 })
  execFileSync('chmod', ['755', folder])
  await using broker = await Broker.start(['allow_anonymous true', `acl_file ${acl}`])
  await broker.watch('tocsin/a/yes/#')
  const retry = { ...QUICK, tries: 2 }
  await using hub = await SinkHub.start(sink(broker, { retry, batch: { events: 4, wait: '10m' } }))
  await hub.publish('a/yes/1', 'a/no/2', 'a/yes/3', 'a/yes/4')
  await hub.until(([{ delivered, parked }]) => delivered === 3 && parked === 1)
  await expect.poll(() => topics(broker).length).toBe(3)
  expect(topics(broker)).toEqual(['tocsin/a/yes/1', 'tocsin/a/yes/3', 'tocsin/a/yes/4'])
  const { parked } = await hub.request<{ parked: object[] }>('parked.list')
  expect(parked).toMatchObject([{ tag: 'a/no/2' }])
})

it('a sink logs in with the password in a file, and waits while that is wrong', async () => {
  const folder = temporaryFolder('password')
  execFileSync('chmod', ['755', folder])
  const passwords = join(folder, 'passwords')
  execFileSync('mosquitto_passwd', ['-b', '-c', passwords, 'hub', 'sesame'])
  execFileSync('chmod', ['644', passwords])
  await using broker = await Broker.start(['allow_anonymous false', `password_file ${passwords}`])
  await broker.watch('#', { username: 'hub', password: 'sesame' })
  const passwordFile = join(folder, 'hub.password')
  writeFileSync(passwordFile, 'wrong\n', { mode: 0o600 })
  await using hub = await SinkHub.start(sink(broker, { user: 'hub', passwordFile }))
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toMatch(/[Nn]ot authorized/)
  writeFileSync(passwordFile, 'sesame\n', { mode: 0o600 })
  await hub.until(([{ delivered }]) => delivered === 1)
})

it('a broker is known by its certificate', async () => {
  const { broker, ca } = await Broker.startSecure()
  await using _ = broker
  await using hub = await SinkHub.start(sink(broker, { secure: true }))
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toContain('self-signed')
  await using other = await SinkHub.start(sink(broker, { secure: true, tls: { ca } }))
  await other.publish('a/1')
  await other.until(([{ delivered }]) => delivered === 1)
})

it('a template that cannot be read is refused with the configuration', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of the product.
  const topic = '${data.}'
  expect(() => hubConfig.parse({ sinks: sink({ port: 1883 }, { topic }) })).toThrow('topic')
})
