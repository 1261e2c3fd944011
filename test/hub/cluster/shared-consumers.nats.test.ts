import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import { clusterConfig } from '../../../src/cluster/config.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import { Hub } from '../../../src/hub/hub.js'
import type { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import { natsConfig } from '../../../src/storage/nats/config.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { endless, openLog } from '../../log/jetstream/open-log.js'
import { runPython } from '../../python/python.js'

let nats: NatsServer
let folder: string
let streams = 0

beforeAll(async () => {
  nats = await NatsServer.start()
  folder = temporaryFolder('shared')
})
afterAll(() => nats.stop())

interface SharingHub {
  hub: Hub
  log: JetStreamLog
  socket: string
}

/** Starts a hub on a stream in NATS; the first one of a test appends to it. */
async function start(name: string, stream: string): Promise<SharingHub> {
  const socket = join(folder, `${stream}-${name}.sock`)
  const config = hubConfig.parse({})
  config.listen.unix = [{ path: socket, principal: 'admin' }]
  config.listen.http = 'off'
  Object.assign(config.log, { engine: 'jetstream' })
  config.nats = natsConfig.parse({ servers: [`nats://${nats.address}`], stream, prefix: stream })
  config.cluster = clusterConfig.parse({ name, address: socket, ttl: '5s' })
  const log = await openLog(nats.address, { stream })
  const given = { config, runtime: realRuntime, data: undefined, sources: [], types: [] }
  const hub = await Hub.open({ ...given, openLog: async () => log })
  onTestFinished(() => hub.stop())
  await hub.listen()
  return { hub, log, socket }
}

async function startTwo(): Promise<[SharingHub, SharingHub]> {
  const stream = `shared${++streams}`
  const one = await start('one', stream)
  await one.log.lead(endless)
  return [one, await start('two', stream)]
}

async function dial(...hubs: SharingHub[]): Promise<Client> {
  const client = await connect({ address: hubs.map(({ socket }) => socket) })
  onTestFinished(() => client.close())
  return client
}

it('a client is sent to the hub that serves its consumer, and to the next one when that stops', async () => {
  const [one, two] = await startTwo()
  const publisher = await dial(one)
  const worker = await dial(two, one)
  const first = publisher.subscribe('n', { consumer: 'work' })
  await first.ready()
  // It is connected to the second hub, which does not serve the consumer.
  const work = worker.subscribe('n', { consumer: 'work' })
  await work.ready()
  expect([...one.hub.bus.consumers.members()]).toHaveLength(2)
  expect([...two.hub.bus.consumers.members()]).toHaveLength(0)
  await first.close()
  for (let n = 1; n <= 3; n++) await publisher.publish('n', n)
  const seen: unknown[] = []
  for await (const event of work.events()) {
    seen.push(event.data)
    work.ack(event)
    if (seen.length === 3) {
      await expect
        .poll(async () => (await publisher.request('consumers.get', { name: 'work' })).pending)
        .toBe(0)
      await one.hub.stop()
      await two.log.lead(endless)
      await worker.publish('n', 4)
    }
    if (seen.length === 4) break
  }
  expect(seen).toEqual([1, 2, 3, 4])
  expect([...two.hub.bus.consumers.members()]).toHaveLength(1)
})

it('a program in Python follows its consumer too', async () => {
  const [one, two] = await startTwo()
  const client = await dial(one)
  const first = client.subscribe('n', { consumer: 'work' })
  await first.ready()
  await first.close()
  const holder = client.subscribe('n', { consumer: 'work' })
  await holder.ready()
  const program = runPython(
    `
import json, tocsin
events = tocsin.connect().subscribe("n", consumer="work")
for event in events:
    events.ack(event)
    print(json.dumps(event.data))
    break
`,
    { env: { TOCSIN_URL: [two.socket, one.socket].join(',') } },
  )
  await expect.poll(() => [...one.hub.bus.consumers.members()].length, { timeout: 10_000 }).toBe(2)
  await holder.close()
  await client.publish('n', 'followed')
  expect(await program).toMatchObject(['followed'])
})

it('a token revoked at one hub closes the connections made with it to the others', async () => {
  const [one, two] = await startTwo()
  const { token } = await one.hub.access.tokens.add({ name: 'ci', grant: { see: '*' } })
  await expect.poll(() => two.hub.access.find('ci')?.name).toBe('ci')
  const { ended } = (await two.hub.access.identify({ token }))!
  await one.hub.access.tokens.revoke('ci')
  await expect.poll(() => ended?.aborted).toBe(true)
})
