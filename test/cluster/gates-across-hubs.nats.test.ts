import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client, GateStatus } from '../../src/client/index.js'
import { type ClusterHub, startClusterHub } from '../helpers/cluster-hub.js'
import { NatsServer } from '../helpers/nats-server.js'

let nats: NatsServer
beforeAll(async () => {
  nats = await NatsServer.start()
})
afterAll(() => nats.stop())

let prefixes = 0

async function hubs(count: number): Promise<ClusterHub[]> {
  const prefix = `gates${++prefixes}`
  const started: ClusterHub[] = []
  for (let at = 1; at <= count; at++) started.push(await startClusterHub(nats.address, prefix, `hub${at}`))
  return started
}

/** Subscribes to a gate at a hub, and answers with `answer` unless it is undefined. */
async function guard(hub: ClusterHub, answer?: unknown): Promise<{ client: Client; asked: GateStatus[] }> {
  const client = await hub.client()
  const subscription = client.subscribe('deploy/', { gates: ['deploy'] })
  const asked: GateStatus[] = []
  subscription.onStatus((status) => {
    if (status.status !== 'gate') return
    asked.push(status)
    if (answer !== undefined) subscription.gateDone(status, answer)
  })
  void (async () => {
    for await (const _ of subscription.events());
  })().catch(() => undefined)
  await subscription.ready()
  return { client, asked }
}

test('guards at every hub are asked, and are named with their hub', async () => {
  const [one, two, three] = await hubs(3)
  await Promise.all([guard(one, 'here'), guard(two, { allowed: true }), guard(three, 'there')])
  const publisher = await one.client()
  const { gate } = await publisher.publish('deploy/web1', {}, { gate: 'deploy', deadline: 20_000 })
  expect(gate?.missing).toEqual([])
  expect(gate?.answers).toHaveLength(3)
  expect(gate?.answers).toContainEqual(expect.objectContaining({ hub: 'hub2', answer: { allowed: true } }))
  expect(gate?.answers).toContainEqual(expect.objectContaining({ hub: 'hub3', answer: 'there' }))
  expect(gate?.answers.find(({ answer }) => answer === 'here')).not.toHaveProperty('hub')
})

test('a guard at another hub that does not answer, or leaves, is named', async () => {
  const [one, two] = await hubs(2)
  const leaving = await guard(two)
  const late = await guard(two)
  const publisher = await one.client()
  const published = publisher.publish('deploy/web1', {}, { gate: 'deploy', deadline: 4000 })
  await expect.poll(() => [leaving.asked.length, late.asked.length], { timeout: 10_000 }).toEqual([1, 1])
  await leaving.client.close()
  const { gate } = await published
  expect(gate?.answers).toEqual([])
  expect(gate?.missing.map(({ reason, hub }) => [reason, hub])).toEqual([
    ['left', 'hub2'],
    ['timeout', 'hub2'],
  ])
  expect(gate?.missing.every(({ subscriber }) => subscriber !== '')).toBe(true)
})

test('a hub that stops while its guard is asked holds nobody up, and is named', async () => {
  const [one, two] = await hubs(2)
  const { asked } = await guard(two)
  const publisher = await one.client()
  const published = publisher.publish('deploy/web1', {}, { gate: 'deploy', deadline: 60_000 })
  await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(1)
  await two.stop()
  const { gate } = await published
  expect(gate?.answers).toEqual([])
  expect(gate?.missing).toMatchObject([{ reason: 'left', hub: 'hub2' }])
  // Nobody is asked there any more.
  const after = await publisher.publish('deploy/web2', {}, { gate: 'deploy', deadline: 60_000 })
  expect(after.gate).toEqual({ answers: [], missing: [] })
})

test('an event of a hub itself waits for subscribers at another hub', async () => {
  const [one, two] = await hubs(2)
  const client = await two.client()
  const subscription = client.subscribe('ncs/', { gates: ['ncs/audit'] })
  const waited: GateStatus[] = []
  subscription.onStatus((status) => {
    if (status.status === 'gate') waited.push(status)
  })
  void (async () => {
    for await (const _ of subscription.events());
  })().catch(() => undefined)
  await subscription.ready()
  const { gates } = one.hub.bus
  expect([await gates.isAwaited('ncs/audit'), await gates.isAwaited('ncs/ha')]).toEqual([true, false])
  let isDone = false
  const published = gates.publish({ tag: 'ncs/audit/ann', data: {} }, 'ncs/audit').finally(() => {
    isDone = true
  })
  await expect.poll(() => waited.length, { timeout: 20_000 }).toBe(1)
  expect(isDone).toBe(false)
  subscription.gateDone(waited[0], 'seen')
  expect(await published).toMatchObject({ answers: [{ hub: 'hub2', answer: 'seen' }], missing: [] })
})
