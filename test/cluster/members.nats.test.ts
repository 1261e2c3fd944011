import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Member, Members } from '../../src/cluster/members.js'
import type { Runtime } from '../../src/event/runtime.js'
import { JetStreamApi } from '../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { HeldProxy } from '../helpers/held-proxy.js'
import { NatsCluster } from '../helpers/nats-cluster.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { newPrefix } from './member.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

interface Hub {
  members: Members
  /** Beats of the hub so far. */
  beats: number
  /** What has happened to the other hubs, as this one sees it. */
  seen: string[]
}

/** The hub of `id` and what it sees, whose timers are ten times as fast. */
async function hubOf(
  address: string | string[],
  prefix: string,
  id: string,
  { ahead = 0, monotonic = realRuntime.monotonic } = {},
): Promise<Hub> {
  const runtime: Runtime = {
    ...realRuntime,
    after: (ms, call) => realRuntime.after(ms / 10, call),
    now: () => realRuntime.now() + ahead,
    monotonic,
  }
  const link = await NatsLink.open({ runtime, servers: address })
  const self = (): Member => {
    hub.beats++
    return { id, name: id, version: '1.0.0', position: 0, term: 0 }
  }
  const hub: Hub = { members: new Members({ link, prefix, replicas: 1, self }), beats: 0, seen: [] }
  onTestFinished(async () => {
    hub.members.stop()
    await link.close()
  })
  hub.members.start({
    arrived: ({ name }) => hub.seen.push(`arrived ${name}`),
    moved: () => undefined,
    died: ({ name }, reason) => hub.seen.push(`died ${name} ${reason}`),
    wasSilent: ({ name }) => hub.seen.push(`was silent ${name}`),
  })
  return hub
}

async function beats(hub: Hub, count: number): Promise<void> {
  const before = hub.beats
  await expect.poll(() => hub.beats).toBeGreaterThan(before + count)
}

test('a hub that stops without a word counts as dead after a while, and one that leaves at once', async () => {
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const prefix = newPrefix()
  const watcher = await hubOf(server.address, prefix, 'watcher')
  const leaving = await hubOf(server.address, prefix, 'leaving')
  await expect.poll(() => watcher.seen).toEqual(['arrived leaving'])
  leaving.members.stop()
  await expect.poll(() => watcher.seen).toEqual(['arrived leaving', 'died leaving stopped'])
  await hubOf(proxy.address, prefix, 'silent')
  await expect.poll(() => watcher.seen).toContain('arrived silent')
  proxy.cut()
  await expect.poll(() => watcher.seen).toContain('died silent silent')
})

test('a hub that was cut off from NATS itself takes nobody else for dead', async () => {
  const proxy = await HeldProxy.start(server.address)
  onTestFinished(() => proxy.stop())
  const prefix = newPrefix()
  const cutOff = await hubOf(proxy.address, prefix, 'cut-off')
  const other = await hubOf(server.address, prefix, 'other')
  await expect.poll(() => cutOff.seen).toEqual(['arrived other'])
  await beats(cutOff, 4)
  proxy.hold('all')
  await expect.poll(() => other.seen).toContain('died cut-off silent')
  await beats(cutOff, 20)
  proxy.release()
  await expect.poll(() => other.seen.at(-1)).toBe('arrived cut-off')
  await beats(cutOff, 4)
  expect(cutOff.seen).toEqual(['arrived other'])
})

test('hubs hear each other after all servers of a cluster were restarted, which have lost what was in memory', {
  timeout: 120_000,
}, async () => {
  const cluster = await NatsCluster.start()
  onTestFinished(() => cluster.stop())
  const prefix = newPrefix()
  const hub = await hubOf(cluster.addresses, prefix, 'hub')
  await hub.members.inStep()
  // As many records as hubs write in hours.
  const link = await NatsLink.open({ runtime: realRuntime, servers: cluster.addresses })
  for (let nth = 0; nth < 5000; nth++) link.publish(`$KV.${prefix}_members.other`, Buffer.from('{}'))
  await link.close()
  await hub.members.inStep()
  await cluster.restart()
  await hubOf(cluster.addresses, prefix, 'later')
  await expect.poll(() => hub.seen).toEqual(['arrived later'])
  await hub.members.inStep()
})

test('a bucket that takes nothing any more is made anew', async () => {
  const prefix = newPrefix()
  const monotonic = () => 20 * realRuntime.monotonic()
  const hub = await hubOf(server.address, prefix, 'hub', { monotonic })
  await hub.members.inStep()
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  onTestFinished(() => link.close())
  const api = new JetStreamApi(link)
  const { config, created } = await api.info(`KV_${prefix}_members`)
  hub.members.mend()
  await api.update({ ...config, subjects: [`$KV.${prefix}_nobody.>`] })
  const mended = hub.members.inStep()
  await expect
    .poll(async () => {
      hub.members.mend()
      return (await api.find(config.name))?.created ?? created
    })
    .not.toBe(created)
  await mended
})

test.each([30e6, 2 * 86_400e6, -86_400e6])(
  'a hub whose clock is off by %i µs sees the others, and all see by how much',
  async (off) => {
    const prefix = newPrefix()
    const right = await hubOf(server.address, prefix, 'right')
    const wrong = await hubOf(server.address, prefix, 'wrong', { ahead: off })
    await expect.poll(() => right.seen).toEqual(['arrived wrong'])
    await expect.poll(() => wrong.seen).toEqual(['arrived right'])
    for (const { members } of [right, wrong])
      await expect
        .poll(() => members.list.map(({ ahead = 0 }) => Math.round(ahead / 10e6) + 0))
        .toEqual([0, off / 10e6])
  },
)
