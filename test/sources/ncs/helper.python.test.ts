import { readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import { LongWork } from '../../../src/incremental/long-work.js'
import { ncsSourcesConfig } from '../../../src/sources/ncs/config.js'
import { NcsHelper } from '../../../src/sources/ncs/helper.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'
import { programThatSays } from './harness.js'

const CONNECTED = '{"connected":{"unknown":[]},"at":1}'

let folder: string
let helper: NcsHelper | undefined
beforeEach(() => {
  folder = temporaryFolder('ncs-helper')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await helper?.stop()
})

function helperWith(entry: Partial<z.input<typeof ncsSourcesConfig>[number]>): NcsHelper {
  const [config] = ncsSourcesConfig.parse([{ name: 'a', ...entry }])
  helper = new NcsHelper({
    config,
    runtime: realRuntime,
    longWork: new LongWork(realRuntime),
    starts: new Map(),
  })
  return helper
}

it('what a program says that is refused is not waited for', async () => {
  const alive = '{"alive":true,"at":1}'
  const refused = helperWith({ python: programThatSays(folder, [alive, alive, alive]) })
  const lines = refused.lines()
  await expect(refused.connected(lines)).rejects.toThrow('before it was connected')
  expect(await lines.next()).toEqual({ done: true, value: undefined })
})

it('NSO does not wait for the answer to a line that cannot be read', async () => {
  const bad = [
    String.raw`{"answer":7,"notification":{"type":1,"audit":{"msg":"\ud800"}},"at":1}`,
    '{"answer":8,"notification":{"type":1,"progress":{"duration":NaN}},"at":1}',
    '{"answer":9,"notification":1,"at":1}',
    `{"answer":10,"notification":"${'x'.repeat(6 * 2 ** 20)}`,
  ]
  const python = programThatSays(folder, [CONNECTED, ...bad])
  const started = helperWith({ python })
  const lines = started.lines()
  await started.connected(lines)
  for (const _ of bad) expect((await lines.next()).value).toEqual({ unreadable: expect.any(String) })
  const heard = () => readFileSync(`${python}.heard`, 'utf8').split('\n').slice(1, -1)
  await expect.poll(heard).toEqual([7, 8, 9, 10].map((answered) => JSON.stringify({ answered })))
})

it('what the module of the vendor prints is no line', async () => {
  writeFileSync(join(folder, '_ncs.py'), 'import os\nprint("hello", flush=True)\nos.system("echo hello")\n')
  const loud = helperWith({ python: requireTool('python3'), modules: [folder] })
  await expect(loud.connected(loud.lines())).rejects.toThrow(/^NSO: Python finds no module _ncs/)
})

it.each([
  ['~/access', join(homedir(), 'access')],
  ['credential:access', '/run/credentials/hub/access'],
  ['/etc/access', '/etc/access'],
])('the program finds the access file %s', async (accessFile, place) => {
  vi.stubEnv('CREDENTIALS_DIRECTORY', '/run/credentials/hub')
  const python = programThatSays(folder, [], `env > "$0.env"; echo '${CONNECTED}'; cat`)
  const started = helperWith({ python, accessFile })
  expect(await started.connected(started.lines())).toEqual({ unknown: [], at: 1 })
  const environment = readFileSync(`${python}.env`, 'utf8').split('\n')
  expect(environment).toContain(`NCS_IPC_ACCESS_FILE=${place}`)
  expect(environment).toContain(`CONFD_IPC_ACCESS_FILE=${place}`)
})

it('the program finds the socket in the home folder', async () => {
  const python = programThatSays(folder, [CONNECTED])
  const started = helperWith({ python, path: '~/ipc' })
  await started.connected(started.lines())
  expect(JSON.parse(readFileSync(`${python}.heard`, 'utf8'))).toMatchObject({ path: join(homedir(), 'ipc') })
})
