import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Client, connect, type GateStatus } from '../../src/client/index.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { HubProcess } from '../e2e/hub-process.js'
import { HeldProxy } from '../helpers/held-proxy.js'
import { NatsServer } from '../helpers/nats-server.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** A guard is at a hub that cannot answer; whoever publishes at the other hub is told so when the deadline is over. */

const DEADLINE_MS = 3000
const LONG = { timeout: 60_000, interval: 50 }

let one: HubProcess
let two: HubProcess
/** The network between the second hub and NATS. */
let network: HeldProxy
let publisher: Client

beforeEach(async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  network = await HeldProxy.start(server.address)
  onTestFinished(() => network.stop())
  one = await startHub('one', server.address)
  two = await startHub('two', network.address)
  publisher = await clientOf(one)
})

async function startHub(name: string, nats: string): Promise<HubProcess> {
  const folder = temporaryFolder('gates')
  const log = { log: { engine: 'jetstream' }, nats: { servers: [`nats://${nats}`] }, cluster: { name } }
  const limits = { gateDeadline: `${DEADLINE_MS}ms` }
  const settings = { ...log, limits, ncs: { unix: { path: ncsSocketOf(folder) } } }
  const hub = await HubProcess.start({ folder, config: JSON.stringify(settings) })
  onTestFinished(async () => {
    await hub[Symbol.asyncDispose]()
  })
  return hub
}

const ncsSocketOf = (folder: string) => join(folder, 'ncs.sock')

async function clientOf(hub: HubProcess): Promise<Client> {
  const client = await connect({ address: hub.socket })
  onTestFinished(() => client.close())
  return client
}

/** Guards the gate `deploy` at the second hub. It answers from when the test says so. */
async function guard() {
  const guarding = { asked: 0, answers: false }
  const subscription = (await clientOf(two)).subscribe('deploy/', { gates: ['deploy'] })
  subscription.onStatus((status: GateStatus | { status: string }) => {
    if (status.status !== 'gate') return
    guarding.asked++
    if (guarding.answers) subscription.gateDone(status as GateStatus, 'seen')
  })
  void (async () => {
    for await (const _ of subscription.events());
  })().catch(() => undefined)
  await subscription.ready()
  return guarding
}

async function deploy(deadline = DEADLINE_MS) {
  const { gate } = await publisher.publish('deploy/web1', {}, { gate: 'deploy', deadline })
  return gate
}

const isMissing = { answers: [], missing: [{ hub: 'two' }] }

/** Publishes until the guard has answered. */
async function expectAnswered(): Promise<void> {
  await expect.poll(() => deploy(), LONG).toMatchObject({ answers: [{ hub: 'two', answer: 'seen' }] })
}

test('a hub that is killed while its guard is asked is named, until it is back without its guard', async () => {
  const guarding = await guard()
  const passed = deploy()
  await expect.poll(() => guarding.asked, LONG).toBe(1)
  await two.signal('SIGKILL')
  expect(await passed).toMatchObject(isMissing)
  expect(await deploy()).toMatchObject(isMissing)
  two = await startHub('two', network.address)
  await expect.poll(() => deploy(), LONG).toEqual({ answers: [], missing: [] })
})

test('a hub that stands still is named, and its guard is asked again when it continues', async () => {
  const guarding = await guard()
  guarding.answers = true
  process.kill(two.pid, 'SIGSTOP')
  expect(await deploy()).toMatchObject(isMissing)
  expect(guarding.asked).toBe(0)
  process.kill(two.pid, 'SIGCONT')
  await expectAnswered()
})

test('a hub that the network has cut off is named, and its guard is asked again when it is back', async () => {
  const guarding = await guard()
  guarding.answers = true
  network.hold('all')
  expect(await deploy()).toMatchObject(isMissing)
  expect(guarding.asked).toBe(0)
  network.release()
  await expectAnswered()
})

test('a notification that waits for its subscriber at a hub that stands still ends at the deadline', async () => {
  const sock = ncs.socket(ncs.AF_UNIX)
  const mask = ncs.maskOf(ncs.NOTIF_AUDIT, ncs.NOTIF_AUDIT_SYNC)
  await ncs.notificationsConnect(sock, { mask, path: ncsSocketOf(two.folder) })
  onTestFinished(() => sock.close())
  let answers = 0
  const answering = (async () => {
    for await (const each of sock) if (sock.acknowledge(each)) answers++
  })()
  answering.catch(() => undefined)
  const addToken = (name: string) =>
    publisher.request('tokens.add', { name, rights: {} }, { timeout: 60_000 })
  // The first ones may come before the other hub knows of the subscriber.
  for (let n = 0; answers === 0; n++) await addToken(`t${n}`)
  process.kill(two.pid, 'SIGSTOP')
  const start = performance.now()
  await addToken('last')
  expect(performance.now() - start).toBeGreaterThan(DEADLINE_MS * 0.9)
})
