import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { HubProcess, main } from '../e2e/hub-process.js'

let hub: HubProcess
afterEach(() => hub?.[Symbol.asyncDispose]())

/** Starts a second hub, in another pid namespace, on the data folder of the first one. */
function secondHub(): { status: number | null; stderr: string } {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const namespace = [...asRoot, '--pid', '--fork', '--mount-proc']
  const serve = [process.execPath, main, 'serve', '--data', hub.data, '--socket', `${hub.data}/second.sock`]
  return spawnSync('unshare', [...namespace, ...serve, '--http', 'off'], {
    encoding: 'utf8',
    timeout: 30_000,
  })
}

test('a hub in another pid namespace does not start on a data folder in use', async () => {
  hub = await HubProcess.start()
  const { status, stderr } = secondHub()
  expect(stderr).toContain('TCN_LOG_LOCKED')
  expect(status).not.toBe(0)
  const { stdout } = await hub.tocsin(['fire', 'demo/still', '--ack', 'durable'])
  expect(stdout).toMatch(/^\w+-\d+\n$/)
})

test('a hub whose data folder names another owner accepts no more events', async () => {
  hub = await HubProcess.start()
  expect((await hub.tocsin(['fire', 'demo/before', '--ack', 'durable'])).code).toBe(0)
  const file = join(hub.data, 'log/owner')
  const owner = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...owner, token: 'theirs', pid: 4711 }).padEnd(1024))
  const { code, stderr } = await hub.tocsin(['fire', 'demo/after', '--ack', 'durable', '--timeout', '5s'])
  expect(code).not.toBe(0)
  expect(stderr).toContain('TCN_LOG_OVERTAKEN')
  expect(stderr).toContain('4711')
})
