import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type OpensslKey, opensslKey } from '../bridge/scripted-peer.js'
import { root } from '../docs/page.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess, Running, startTocsin, tocsin } from './hub-process.js'

let folder: string
let started: Running[]

beforeEach(() => {
  folder = temporaryFolder('bridge-e2e')
  mkdirSync(join(folder, 'keys'))
  started = []
})

afterEach(async () => {
  for (const each of started) if (each.child.exitCode === null) await each.signal('SIGKILL')
})

function makeKey(name: string): OpensslKey {
  const key = opensslKey()
  writeFileSync(join(folder, `${name}.key`), key.privatePem, { mode: 0o600 })
  writeFileSync(join(folder, 'keys', `${name}.pub`), key.publicPem)
  return key
}

async function startBridge(...more: string[]): Promise<{ bridge: Running; url: string }> {
  const where = ['--bind', '127.0.0.1:0', '--data', join(folder, 'data')]
  const bridge = startTocsin(['bridge', '--keys', join(folder, 'keys'), ...where, ...more])
  started.push(bridge)
  await bridge.says('is ready')
  return { bridge, url: /wss:\/\/[\d.:]+/.exec(bridge.stderr)![0] }
}

function startPeer(url: string, type: 'server' | 'client', name: string, ...md5s: string[]): Running {
  const script = join(root, 'test/e2e/bridge-peer.mjs')
  const peer = new Running(process.execPath, [script, url, type, join(folder, `${name}.key`), ...md5s])
  started.push(peer)
  return peer
}

/** Waits for the last list that a peer has received to have this length. */
function reaches(peer: Running, count: number): Promise<void> {
  const last = () => peer.stdout.match(/^list \d+$/gm)?.at(-1)
  return peer.until(() => last() === `list ${count}`, `it reached ${count}`)
}

it('relays between several servers and clients, and notifies the others when one of each is killed', async () => {
  const [, shared, other] = ['servers', 'shared', 'other'].map(makeKey)
  const { bridge, url } = await startBridge()
  const servers = [1, 2, 3].map(() => startPeer(url, 'server', 'servers', shared.md5))
  await Promise.all(servers.map((each) => each.prints('logged in')))
  const clients = [1, 2].map(() => startPeer(url, 'client', 'shared', shared.md5))
  const stranger = startPeer(url, 'client', 'other', other.md5)
  await stranger.prints('logged in')
  for (const server of servers) await reaches(server, 2)
  for (const client of clients) {
    await reaches(client, 3)
    for (const server of servers) {
      await client.prints(`${server.pid} heard: hello from ${client.pid}`)
      await server.prints(`hello from ${client.pid}`)
    }
  }
  await servers[0].signal('SIGKILL')
  for (const client of clients) await reaches(client, 2)
  await clients[0].signal('SIGKILL')
  for (const server of servers.slice(1)) await reaches(server, 1)
  const ended = await bridge.signal('SIGTERM')
  expect(ended).toMatchObject({ code: 0 })
  expect(ended.stderr).toContain('the server server-')
  expect(stranger.stdout).not.toContain('list')
  expect(stranger.stdout).not.toContain('heard')
  await clients[1].prints('closed')
})

it('keeps its certificate, and reads the keys again on SIGHUP', async () => {
  const key = makeKey('one')
  const first = await startBridge()
  const fingerprint = /[0-9A-F:]{95}/.exec(first.bridge.stderr)![0]
  const peer = startPeer(first.url, 'client', 'one', key.md5)
  await peer.prints('logged in')
  rmSync(join(folder, 'keys', 'one.pub'))
  makeKey('two')
  first.bridge.child.kill('SIGHUP')
  await peer.prints('closed')
  expect(first.bridge.stderr).toContain('1 key read again')
  expect(await first.bridge.signal('SIGTERM')).toMatchObject({ code: 0 })
  expect((await startBridge()).bridge.stderr).toContain(fingerprint)
})

it('says what is wrong with its keys, its address or its configuration, and ends with 2', async () => {
  const cases: [args: string[], says: string][] = [
    [[], 'TCN_BRIDGE_KEYS'],
    [['--keys', join(folder, 'none')], 'TCN_BRIDGE_KEYS'],
    [['--bind', 'somewhere'], 'TCN_USAGE'],
    [['--config', join(folder, 'bridge.yaml')], 'bridge.yaml:2:3: limits.conections'],
  ]
  writeFileSync(join(folder, 'bridge.yaml'), 'limits:\n  conections: 1\n')
  for (const [args, says] of cases) {
    const { code, stderr } = await tocsin(['bridge', ...args])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) })
  }
})

it('takes its configuration from a file, and writes JSON lines', async () => {
  makeKey('one')
  const config = join(folder, 'bridge.yaml')
  writeFileSync(
    config,
    `listen: 127.0.0.1:0\nfolder: ${folder}/data\nkeys: [${folder}/keys]\nlimits: { connections: 10 }\n`,
  )
  const bridge = startTocsin(['bridge', '--config', config, '--log-format', 'json'])
  started.push(bridge)
  await bridge.says('is ready')
  expect(JSON.parse(bridge.stderr.split('\n')[0])).toMatchObject({ level: 'info', keys: 1 })
  expect((await bridge.signal('SIGINT')).code).toBe(130)
})

it('brings commands to a hub, also after the bridge or the hub was killed', async () => {
  for (const name of ['hub', 'ops']) makeKey(name)
  const first = await startBridge()
  const at = first.url.replace('wss://', '')
  const config = [
    'sysadm:',
    '  listen: 127.0.0.1:0',
    `  bridges: [{ url: '${first.url}', key: '${folder}/hub.key', tls: { ca: '${folder}/data/certificate.pem' } }]`,
    'jobs: { programs: [uname] }',
    "principals: { ops: { sysadm: full, run: '*', see: [sysadm/] } }",
    '',
  ].join('\n')
  const hubOf = () => HubProcess.start({ config, folder })
  const hub = await hubOf()
  await hub.tocsin(['token', 'password', 'ops'], { input: 'correct horse' })
  const listener = /wss:\/\/127[\d.:]+/.exec(hub.stderr.replaceAll(first.url, ''))![0]
  const registered = await hub.tocsin(
    ['sysadm', 'login-key', 'add', listener, join(folder, 'ops.key'), '--user', 'ops', '--insecure'],
    { env: { TOCSIN_SYSADM_PASSWORD: 'correct horse' } },
  )
  expect(registered).toMatchObject({ code: 0 })
  const linked = ['wait', 'sysadm/bridge', '--where', "data.state = 'connected'", '--timeout', '50s']
  expect((await hub.tocsin([...linked, '--from', 'start'])).code).toBe(0)
  const pin = /[0-9A-F:]{95}/.exec(first.bridge.stderr)![0]
  const through = ['--bridge', first.url, '--login-key', join(folder, 'ops.key'), '--pin', pin]
  const uname = () => tocsin(['sysadm', 'run', ...through, hostname(), 'uname'])
  expect(await uname()).toMatchObject({ code: 0, stdout: 'Linux\n' })

  const back = hub.tocsin(linked)
  await first.bridge.signal('SIGKILL')
  await startBridge('--bind', at)
  expect((await back).code).toBe(0)
  expect(await uname()).toMatchObject({ code: 0, stdout: 'Linux\n' })

  await hub.signal('SIGKILL')
  await using again = await hubOf()
  // It waits until the bridge announces the hub.
  expect(await uname()).toMatchObject({ code: 0, stdout: 'Linux\n' })
  expect((await again.tocsin(['status'])).stdout).toContain(`${first.url}, 1 connection`)
})
