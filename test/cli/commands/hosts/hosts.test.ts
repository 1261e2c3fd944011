import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Client } from '../../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { runCommand } from '../../../helpers/run-cli.js'

let hub: TestHub
let client: Client

beforeAll(async () => {
  const hosts = { aliases: { web1: ['10.0.0.1'] }, labels: { 'web*': { site: 'fra' } }, silentAfter: '1h' }
  hub = await startTestHub({ config: { hosts } })
  client = await hub.connect()
  await client.publish('host/web1/app/x', { severity: 'err', message: 'disk\u0007 full' })
  await client.publish('host/web2/app/x', { severity: 'warning' })
  await client.publish('host/db1/system/facts', { os: 'Debian 12', processors: 4 })
  hub.hub.hosts.start()
  const known = async () => (await client.request('hosts.list', { match: ['web*', 'db1'] })).hosts.length
  await vi.waitUntil(async () => (await known()) === 3, 20_000)
})
afterAll(async () => {
  await client?.close()
  await hub?.close()
})

const run = (...words: string[]) => runCommand(['hosts', ...words, '--url', hub.address])

it('shows the worst first, and how many there are in each state', async () => {
  const { stdout, code } = await run('list', 'web*', 'db1')
  expect(code).toBe(0)
  expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
    'STATE HOST',
    'error web1',
    'warning web2',
    'ok db1',
    '',
    '3 hosts',
    '',
  ])
  expect(stdout).toContain('site=fra')
  expect(stdout).toContain('3 hosts in the last hour: 1 error, 1 warning, 1 ok')
})

it('chooses hosts by state, label and order', async () => {
  expect((await run('list', '--is', 'warning', '--is', 'error', '--order', 'name')).stdout).toMatch(
    /web1[\s\S]*web2/,
  )
  expect((await run('list', '--labelled', 'site=f*', '--is', 'ok')).stdout).toBe(
    'no host is known that matches\n',
  )
  expect((await run('list', '--limit', '1')).stderr).toContain('there are more hosts')
})

it('shows a host on a page, without characters that a terminal obeys', async () => {
  const { stdout } = await run('show', '10.0.0.1')
  expect(stdout).toMatch(/^host +web1\nstate +error; silent after 1h\n/)
  expect(stdout).toMatch(/^also called +10\.0\.0\.1$/m)
  expect(stdout).toMatch(/^last hour +1 err$/m)
  expect(stdout).toContain('host/web1/app/x')
  expect(stdout).not.toContain('\u0007')
  expect(stdout).toContain('tocsin read --host web1 --severity warning --from -1h\n')
})

it('prints one JSON object for each host', async () => {
  const { stdout } = await run('list', 'web*', '--format', 'json')
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name),
  ).toEqual(['web1', 'web2'])
})

it('says which host is not known, and removes those that are', async () => {
  const unknown = await run('show', 'web9')
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('TCN_HOST_UNKNOWN')])
  expect((await run('remove', 'web2')).stdout).toBe('web2 is removed\n')
  await vi.waitUntil(async () => (await run('list', 'web2')).stdout.startsWith('no host'), 20_000)
})
