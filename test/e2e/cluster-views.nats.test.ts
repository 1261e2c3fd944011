import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { NatsCluster } from '../helpers/nats-cluster.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { type Running, startTocsin, tocsin } from './hub-process.js'

/** What is asked is a command, which takes the processor of a hub. */
const LONG = { timeout: 90_000, interval: 2000 }

interface HubProcess {
  running: Running
  socket: string
}

async function startHub(nats: NatsCluster, name: string): Promise<HubProcess> {
  const folder = temporaryFolder(`views-${name}`)
  const config = join(folder, 'tocsin.yaml')
  const socket = join(folder, 's')
  const settings = {
    log: { engine: 'jetstream' },
    nats: { servers: nats.addresses.map((address) => `nats://${address}`), replicas: 3 },
    cluster: { name, address: `unix:${socket}` },
  }
  writeFileSync(config, JSON.stringify(settings))
  const places = ['--config', config, '--data', join(folder, 'data'), '--socket', socket]
  const running = startTocsin(['serve', ...places, '--http', 'off', '--no-sources'])
  onTestFinished(() => void running.child.kill('SIGKILL'))
  await running.says('is ready')
  return { running, socket }
}

interface Subscriber {
  hub: string
  label: string
}

test('commands show the whole cluster from any hub, and the doctor says which hub and which server is down', async () => {
  const nats = await NatsCluster.start()
  onTestFinished(() => nats.stop())
  const [one, two, three] = [
    await startHub(nats, 'hub1'),
    await startHub(nats, 'hub2'),
    await startHub(nats, 'hub3'),
  ]
  const at1 = (...words: string[]) => tocsin([...words, '--socket', one.socket])
  const doctor = async () => {
    const { stdout, code } = await at1('doctor', '--format', 'json')
    const { findings } = JSON.parse(stdout)
    const found = findings.filter(({ check }: { check: string }) => check === 'cluster')
    return { code, found: found as { state: string; text: string; next?: string }[] }
  }
  // Servers of an old version are a warning.
  const well = async () =>
    (await doctor()).found.filter(({ state }) => state !== 'warning').map(({ text }) => text)
  await expect
    .poll(well, LONG)
    .toEqual([
      '3 hubs answer: hub1, hub2, hub3',
      expect.stringMatching(/^hub\d is the primary$/),
      '3 NATS servers with the whole log',
    ])

  const { stdout: nodes } = await at1('cluster', 'nodes')
  expect(nodes.match(/\d+\.\d+\.\d+\+[0-9a-f]{8}/g), nodes).toHaveLength(3)

  const tail = startTocsin(['tail', 'demo/', '--socket', two.socket])
  onTestFinished(() => void tail.child.kill('SIGKILL'))
  const seen = async () => {
    const { stdout } = await at1('who', '--format', 'json')
    const rows = stdout
      .split('\n')
      .filter(Boolean)
      .map((line): Subscriber => JSON.parse(line))
    return rows.filter(({ label }) => label.includes('tail')).map(({ hub }) => hub)
  }
  await expect.poll(seen, LONG).toEqual(['hub2'])
  const who = await at1('who')
  expect(who.stdout).toMatch(/^HUB +WHO +FILTER/)
  expect(who.stdout).toMatch(/^hub2 +tail\[\d+\] +demo\//m)
  const here = await at1('who', '--here')
  expect(here.stdout).not.toContain('HUB')
  expect(here.stdout).not.toContain('tail[')
  expect((await at1('who', '--hub', 'hub2')).stdout).toMatch(/^tail\[\d+\] +demo\//m)
  expect(await at1('who', '--hub', 'hub9')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('TCN_CLUSTER_HUB_UNKNOWN'),
  })
  const status = await at1('status')
  expect(status.stdout).toMatch(/^HUB +ROLE +VERSION +LAST EVENT +LAG +UP +SUBSCRIBERS/m)
  for (const name of ['hub1', 'hub2', 'hub3'])
    expect(status.stdout).toMatch(new RegExp(`^${name} +(primary|follower) `, 'm'))
  expect(JSON.parse((await at1('status', '--hub', 'hub3', '--format', 'json')).stdout).name).toBe('hub3')
  expect((await at1('status', '--here')).stdout).not.toContain('SUBSCRIBERS')

  await three.running.signal('SIGKILL')
  const missing = await at1('who')
  expect(missing).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(
      'the subscribers of hub3 are missing: it has ended, or is of an earlier version',
    ),
  })
  expect(missing.stdout).toContain('hub2')
  await expect
    .poll(async () => (await doctor()).found.find(({ text }) => text.startsWith('hub3')), LONG)
    .toMatchObject({
      state: 'wrong',
      text: expect.stringContaining('has not been heard of for'),
      next: expect.stringContaining('start the hub hub3'),
    })
  expect((await doctor()).code).toBe(1)
  const after = await at1('status')
  expect(after.stdout).toMatch(/^problem +hub3 has not been heard of for/m)
  expect(after.stdout).toMatch(/^hub3 +silent +\?/m)
  expect((await at1('who')).stderr).toContain('hub3')

  await nats.node(nats.names[2]).kill()
  await expect
    .poll(async () => (await doctor()).found.map(({ text }) => text), LONG)
    .toContainEqual(expect.stringMatching(/^the NATS server \S+ is offline, last heard of/))

  // The last server cannot say how the others are.
  await nats.node(nats.names[1]).kill()
  const texts = async () => (await doctor()).found.map(({ text }) => text)
  await expect
    .poll(texts, LONG)
    .toContainEqual(expect.stringMatching(/^none of the NATS servers \S+, \S+, \S+ leads the stream/))
  expect(await texts()).not.toContainEqual(expect.stringMatching(/is offline|with the whole log/))
  const left = await at1('cluster', 'status')
  expect(left.stdout).toMatch(/^n1 +no leader/m)
  expect(left.code).toBe(1)
  await tail.signal('SIGTERM')
}, 300_000)
