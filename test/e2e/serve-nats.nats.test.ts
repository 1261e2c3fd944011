import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HeldProxy } from '../helpers/held-proxy.js'
import { NatsServer } from '../helpers/nats-server.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { startTocsin, tocsin } from './hub-process.js'

async function started(lines: string[] = []): Promise<NatsServer> {
  const server = await NatsServer.start({ lines })
  onTestFinished(() => server.stop())
  return server
}

/** Arguments for a hub that keeps its log in NATS. */
function hubWith(nats: object): string[] {
  const folder = temporaryFolder('nats-hub')
  const config = join(folder, 'tocsin.yaml')
  writeFileSync(config, JSON.stringify({ log: { engine: 'jetstream' }, nats }))
  const places = ['--config', config, '--data', join(folder, 'data'), '--socket', join(folder, 's')]
  return ['serve', ...places, '--http', 'off', '--no-sources']
}

test('a hub that waits for NATS says so, and ends with an error that names the settings to check', async () => {
  const { address } = await started()
  const proxy = await HeldProxy.start(address)
  onTestFinished(() => proxy.stop())
  proxy.hold('all')
  const { code, stderr } = await tocsin(hubWith({ servers: [`nats://${proxy.address}`] }))
  expect(stderr).toContain('still starting: waits for the servers of NATS')
  expect(stderr).toContain('(TCN_NATS_UNREACHABLE)')
  expect(stderr).toContain('Check `nats.servers` and `nats.tls`')
  expect(code).toBe(1)
})

test.each([
  ['a wrong password', ['authorization { users: [{ user: hub, password: right }] }'], {}, 'TCN_NATS_LOGIN'],
  [
    'a user that may not do it',
    ['authorization { users: [{ user: hub, password: wrong, permissions: { publish: "a" } }] }'],
    {},
    'TCN_NATS_PERMISSION',
  ],
  ['too few servers', [], { replicas: 3 }, 'TCN_NATS_STREAM'],
])('a hub that NATS refuses ends at once and says why: %s', async (_, lines, settings, code) => {
  const { address } = await started(lines)
  const folder = temporaryFolder('nats-secret')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'wrong')
  const login = lines.length > 0 ? { user: 'hub', passwordFile } : {}
  const nats = { servers: [`nats://${address}`], ...login, ...settings }
  const { stderr, code: exit } = await tocsin(hubWith(nats))
  expect(stderr).toContain(`(${code})`)
  expect(stderr).not.toContain('still starting')
  expect(exit).toBe(1)
})

test('a hub whose NATS is gone answers with its state and the reason, and stops in time', async () => {
  const server = await started()
  const args = hubWith({ servers: [`nats://${server.address}`] })
  const socket = args[args.indexOf('--socket') + 1]
  const hub = startTocsin(args)
  onTestFinished(() => void hub.child.kill('SIGKILL'))
  await hub.says('has no cluster.address')
  await hub.says('is ready')
  await expect.poll(async () => (await tocsin(['cluster', 'status', '--socket', socket])).code).toBe(0)
  await server.kill()
  await expect
    .poll(async () => (await tocsin(['cluster', 'status', '--socket', socket])).stdout)
    .toMatch(/^fault .*TCN_NATS_UNREACHABLE/m)
  expect((await tocsin(['status', '--socket', socket])).code).toBe(0)
  const { code, stderr } = await hub.signal('SIGTERM')
  expect(stderr).not.toContain('did not stop')
  expect(code).toBe(0)
})
