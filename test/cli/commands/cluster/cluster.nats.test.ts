import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JetStreamApi } from '../../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../../src/storage/nats/link.js'
import { startClusterHub } from '../../../helpers/cluster-hub.js'
import { NatsServer } from '../../../helpers/nats-server.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

let server: NatsServer
let folder: string
let clusters = 0

beforeAll(async () => {
  server = await NatsServer.start()
  folder = temporaryFolder('cluster-command')
})
afterAll(() => server.stop())

const LONG = { timeout: 20_000, interval: 50 }

/** A configuration of a cluster that nobody else has. */
function newConfig(nats: object = {}): { prefix: string; file: string } {
  const prefix = `c${++clusters}`
  const file = join(folder, `${prefix}.yaml`)
  const given = { servers: [`nats://${server.address}`], stream: prefix, prefix, ...nats }
  writeFileSync(file, JSON.stringify({ log: { engine: 'jetstream' }, nats: given }))
  return { prefix, file }
}

async function init(file: string, ...options: string[]) {
  const { code, stdout } = await runCommand([
    'cluster',
    'init',
    '--config',
    file,
    '--format',
    'json',
    ...options,
  ])
  const rows: { stream: string; result: string; details?: string }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { code, rows, results: [...new Set(rows.map(({ result }) => result))] }
}

async function withApi<Result>(ask: (api: JetStreamApi) => Promise<Result>): Promise<Result> {
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  try {
    return await ask(new JetStreamApi(link))
  } finally {
    await link.close()
  }
}

test('init creates the streams of a cluster once, and hubs find all of them as they need them', async () => {
  const { prefix, file } = newConfig()
  const dry = await init(file, '--dry-run')
  expect(dry).toMatchObject({ code: 0, results: ['created'] })
  await expect(withApi((api) => api.info(prefix))).rejects.toThrow()
  expect(await init(file)).toMatchObject({ code: 0, results: ['created'] })
  const names = dry.rows.map(({ stream }) => stream)
  expect(new Set(names).size).toBe(names.length)

  const hub = await startClusterHub(server.address, prefix, 'one')
  const client = await hub.client()
  await client.publish('demo/one', 1, { ack: 'durable' })
  expect(await init(file)).toMatchObject({ code: 0, results: ['kept'] })
  const { stdout } = await runCommand(['cluster', 'init', '--config', file])
  expect(stdout).toContain(`streams at ${server.address} are as configured`)
})

test('init says what is wrong with a stream, and with what the servers cannot do', async () => {
  const { prefix, file } = newConfig()
  await withApi((api) =>
    api.create({
      name: prefix,
      subjects: [`${prefix}.other`],
      retention: 'limits',
      storage: 'file',
      discard: 'old',
      num_replicas: 1,
      max_age: 0,
      max_bytes: -1,
      max_msgs: -1,
      max_msgs_per_subject: -1,
    }),
  )
  const found = await init(file)
  expect(found.code).toBe(1)
  expect(found.rows[0]).toMatchObject({ stream: prefix, result: 'unsuitable' })
  expect(found.rows[0].details).toContain('subjects')

  const tooMany = await init(newConfig({ replicas: 3 }).file)
  expect(tooMany).toMatchObject({ code: 1, results: ['unsuitable'] })
  expect(tooMany.rows[0].details).toContain('replicas')
})

test('status, nodes and step-down show the cluster and change its primary', async () => {
  const { prefix } = newConfig()
  const one = await startClusterHub(server.address, prefix, 'one')
  const path = one.address.slice('unix:'.length)
  const run = (...words: string[]) => runCommand(['cluster', ...words, '--socket', path])
  await expect.poll(async () => (await run('status')).code, LONG).toBe(0)
  const alone = await run('step-down')
  expect(alone.code).not.toBe(0)
  expect(alone.stderr).toContain('TCN_CLUSTER_ALONE')

  await startClusterHub(server.address, prefix, 'two')
  const nodes = async () => {
    const { stdout } = await run('nodes', '--format', 'json')
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name)
  }
  await expect.poll(nodes, LONG).toEqual(['one', 'two'])
  const { stdout: moved } = await run('step-down')
  expect(moved).toMatch(/^two is the primary in place of one, in term \d+\n$/)
  // On a busy machine the new primary may miss the first renewal of its lease.
  await expect.poll(async () => (await run('status')).stdout, LONG).toContain('one follows two')
  const { stdout } = await run('status')
  expect(stdout).toMatch(/nats +version \d+\.\d+\.\d+ at /)
})
