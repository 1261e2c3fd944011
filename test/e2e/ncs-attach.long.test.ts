import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { shims } from '../python/python.js'
import { HubProcess, jsonLines } from './hub-process.js'

/** A hub beside another one in the place of NSO, with the project's own Python module in the place of the vendor's. */

const ROUNDS = repeats(1, 10)

let folder: string
let nso: HubProcess
let hub: HubProcess
const clients: Client[] = []

const ipc = () => join(folder, 'ipc')

function startNso(): Promise<HubProcess> {
  const config = `
limits: { requests: 64 }
ncs: { unix: { path: ${ipc()} } }
streams: [{ name: demo, filter: demo/ }]
`
  return HubProcess.start({ folder: join(folder, 'nso'), config })
}

function startHub(mask: string): Promise<HubProcess> {
  const config = `
sources:
  system: { enabled: false }
  ncs:
    - { name: a, path: ${ipc()}, python: ${requireTool('python3')}, modules: [${shims}], mask: [${mask}], streams: [{ name: demo, from: start }] }
`
  return HubProcess.start({ folder: join(folder, 'hub'), sources: true, config })
}

beforeEach(async () => {
  folder = temporaryFolder('ncs-attach')
  for (const name of ['nso', 'hub']) mkdirSync(join(folder, name), { mode: 0o700 })
  nso = await startNso()
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  await hub?.[Symbol.asyncDispose]()
  await nso[Symbol.asyncDispose]()
})

/** The first event under these tags, which may have come already. */
const stored = (tags: string) =>
  hub.tocsin(['wait', tags, '--from', 'start', '--timeout', '30s', '--format', 'json'])

const attached = (from: string) =>
  hub.tocsin([
    'wait',
    'hub/source/ncs/a',
    '--where',
    "data.state = 'up' OR data.state = 'back'",
    '--from',
    from,
    '--timeout',
    '60s',
  ])

/** A program that those who commit at this hub wait for. */
async function subscriber(mask: number): Promise<ncs.NotificationSocket> {
  const socket = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(socket, { mask: mask >>> 0, path: hub.socket })
  return socket
}

it('a commit in NSO waits for a program at the hub beside it', async () => {
  hub = await startHub('COMMIT_DIFF, COMMIT_SIMPLE, AUDIT')
  expect((await attached('start')).code).toBe(0)
  const program = await subscriber(ncs.NOTIF_COMMIT_DIFF)
  await nso.tocsin(['config', 'set', 'limits.requests=32'])
  const commit = nso.startTocsin(['config', 'commit', '--label', 'less'], { input: '' })
  const diff = await ncs.readNotification(program)
  if (diff.type !== ncs.NOTIF_COMMIT_DIFF) throw new Error(`type ${diff.type} came`)
  expect(diff.commit_diff).toMatchObject({ label: 'less', uinfo: { username: 'admin' } })
  expect(commit.child.exitCode).toBeNull()
  expect((await nso.tocsin(['config', 'history'])).stdout).not.toContain('less')
  program.acknowledge(diff)
  expect((await commit.ended).code).toBe(0)
  const simple = await stored('ncs/commit_simple/')
  expect(jsonLines(simple.stdout)).toMatchObject([
    { source: 'ncs/a', data: { uinfo: { username: 'admin' } } },
  ])
  program.close()
})

it('streams lose nothing and repeat nothing, whoever is killed', {
  timeout: 120_000 + ROUNDS * 60_000,
}, async () => {
  hub = await startHub('AUDIT')
  let sent = 0
  const fire = async () => {
    const client = await connect({ address: `unix:${nso.socket}`, wait: 30_000 })
    clients.push(client)
    for (const end = sent + 20; sent < end; sent++)
      await client.publish('demo/n', { n: sent }, { ack: 'durable' })
  }
  const arrived = async () => {
    const all = await hub.tocsin([
      'wait',
      'ncs-stream/a/',
      '--where',
      `data.content.n = '${sent - 1}'`,
      '--from',
      'start',
      '--timeout',
      '60s',
    ])
    expect(all.code).toBe(0)
  }
  await fire()
  await arrived()
  for (let round = 0; round < ROUNDS; round++) {
    await nso.signal('SIGKILL')
    nso = await startNso()
    await fire()
    await arrived()
    process.kill(helperOf(hub.pid), 'SIGKILL')
    await fire()
    await arrived()
    await hub.stop()
    await fire()
    hub = await startHub('AUDIT')
    await arrived()
  }
  const read = await hub.tocsin(['read', 'ncs-stream/a/', '--from', 'start', '--format', 'json'])
  const numbers = jsonLines(read.stdout).map(({ data }) => (data as { content: { n: string } }).content.n)
  expect(numbers).toEqual(Array.from({ length: sent }, (_, n) => String(n)))
  const gaps = jsonLines(
    (await hub.tocsin(['read', 'hub/gap/ncs/a', '--from', 'start', '--format', 'json'])).stdout,
  )
  const reasons = new Set(gaps.map(({ data }) => (data as { reason: string }).reason))
  expect([...reasons]).toEqual(['not connected to NSO, which keeps no notifications'])
})

it('tocsin ncs attach does the same without a source', async () => {
  hub = await HubProcess.start({ folder: join(folder, 'hub') })
  const words = ['--modules', shims, '--python', requireTool('python3'), '--path', ipc()]
  const mask = ['--mask', 'AUDIT_NETWORK,AUDIT_NETWORK_SYNC', '--stream', 'demo', '--name', 'b']
  const attach = hub.startTocsin(['ncs', 'attach', ...words, ...mask])
  await attach.says('attached to NSO')
  const program = await subscriber(ncs.NCS_NOTIF_AUDIT_NETWORK | ncs.NCS_NOTIF_AUDIT_NETWORK_SYNC)
  const notification =
    '{"type": "AUDIT_NETWORK", "audit_network": {"usid": 1, "tid": 2, "user": "ann", "device": "r1", "config": ""}}'
  const produce = nso.startTocsin(['ncs', 'produce', notification], { input: '' })
  const n = await ncs.readNotification(program)
  expect(produce.child.exitCode).toBeNull()
  program.acknowledge(n)
  expect((await produce.ended).code).toBe(0)
  await nso.signal('SIGKILL')
  await attach.says('trying again')
  nso = await startNso()
  await nso.tocsin(['fire', 'demo/n', '{"n": 1}', '--ack', 'durable'])
  await attach.says(/notifications since \S+Z are missing/)
  const event = await stored('ncs-stream/b/')
  expect(jsonLines(event.stdout)).toMatchObject([{ data: { stream: 'demo', content: { n: '1' } } }])
  expect((await attach.signal('SIGINT')).code).toBe(130)
  program.close()
})

it('tocsin ncs attach says what is wrong at once', async () => {
  hub = await HubProcess.start({ folder: join(folder, 'hub') })
  const attach = (...words: string[]) => hub.tocsin(['ncs', 'attach', ...words])
  const missing = await attach('--path', ipc())
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('Python finds no module _ncs')])
  const nobody = await attach('--modules', shims, '--path', join(folder, 'no'))
  expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('no hub answers at')])
  const wrong = await attach('--mask', 'ORDIT')
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('is no type of a notification')])
})

/** The Python program that the hub runs. */
function helperOf(pid: number): number {
  const parentOf = (each: string) =>
    Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${each}/stat`, 'utf8'))?.[1])
  const isHelper = (each: string) => {
    try {
      return (
        parentOf(each) === pid && readFileSync(`/proc/${each}/cmdline`, 'utf8').includes('tocsin.ncs.attach')
      )
    } catch {
      return false
    }
  }
  const found = readdirSync('/proc')
    .filter((each) => /^\d+$/.test(each))
    .find(isHelper)
  if (found === undefined) throw new Error('the hub runs no program for NSO')
  return Number(found)
}
