import { execFile } from 'node:child_process'
import {
  appendFileSync,
  lchownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { parseDpkgLine } from '../../../src/sources/packages/dpkg-line.js'
import { packagesConfig, packagesSource } from '../../../src/sources/packages/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const run = promisify(execFile)

let folder: string
let host: FakeHost
let runner: SourceRunner
beforeEach(() => {
  folder = temporaryFolder('packages')
  host = new FakeHost(realRuntime)
})
afterEach(() => runner?.stop())

const path = (name: string) => join(folder, name)

async function start(config: z.input<typeof packagesConfig> = {}): Promise<void> {
  const given = { log: path('dpkg.log'), history: path('history.log'), from: 'start' as const, ...config }
  runner = new SourceRunner(packagesSource(packagesConfig.parse(given)), host)
  runner.start()
  await expect.poll(() => runner.status().state).toBe('up')
}

const events = () =>
  host.events
    .filter(({ tag }) => tag.startsWith('host/web1/packages/'))
    .map(({ tag, data }) => ({ tag: tag.slice('host/web1/packages/'.length), data: data as object }))
const arrived = (count: number) => expect.poll(() => events().length).toBeGreaterThanOrEqual(count)

describe('a genuine dpkg', () => {
  /** Runs dpkg on a folder of its own, as root of nothing else. */
  async function dpkg(...words: string[]): Promise<void> {
    const flags = ['--force-not-root', '--force-bad-path', '--force-script-chrootless', '--no-triggers']
    await run('dpkg', [
      ...flags,
      `--root=${path('root')}`,
      `--admindir=${path('admin')}`,
      `--log=${path('dpkg.log')}`,
      ...words,
    ])
  }

  async function build(version: string): Promise<string> {
    const tree = path(`demo-${version}`)
    mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
    const fields = { Package: 'tocsin-demo', Version: version, Architecture: 'all', Maintainer: 'x <x@x>' }
    const control = Object.entries({ ...fields, Description: 'demo' }).map(
      ([key, value]) => `${key}: ${value}\n`,
    )
    writeFileSync(join(tree, 'DEBIAN/control'), control.join(''))
    // Only a package with a file of configuration has something to purge once it is removed.
    mkdirSync(join(tree, 'etc'))
    writeFileSync(join(tree, 'etc/tocsin-demo'), '')
    writeFileSync(join(tree, 'DEBIAN/conffiles'), '/etc/tocsin-demo\n')
    await run('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, `${tree}.deb`])
    return `${tree}.deb`
  }

  it('is followed while it installs, upgrades and removes a package, through a rotation of its log', async () => {
    mkdirSync(path('root'))
    for (const each of ['info', 'updates', 'triggers', 'alternatives', 'parts'])
      mkdirSync(path(`admin/${each}`), { recursive: true })
    for (const each of ['status', 'available']) writeFileSync(path(`admin/${each}`), '')
    await start({ actions: ['install', 'upgrade', 'configure', 'remove', 'purge'] })
    await dpkg('-i', await build('1.0'))
    await arrived(2)
    renameSync(path('dpkg.log'), path('dpkg.log.1'))
    await dpkg('-i', await build('1.1'))
    await dpkg('--remove', 'tocsin-demo')
    await dpkg('--purge', 'tocsin-demo')
    await arrived(6)
    const common = { package: 'tocsin-demo', architecture: 'all', severity: 'info', time: expect.any(String) }
    expect(events()).toEqual([
      { tag: 'tocsin-demo/install', data: { ...common, action: 'install', version: '1.0' } },
      { tag: 'tocsin-demo/configure', data: { ...common, action: 'configure', version: '1.0' } },
      { tag: 'tocsin-demo/upgrade', data: { ...common, action: 'upgrade', from: '1.0', version: '1.1' } },
      { tag: 'tocsin-demo/configure', data: { ...common, action: 'configure', version: '1.1' } },
      { tag: 'tocsin-demo/remove', data: { ...common, action: 'remove', from: '1.1' } },
      { tag: 'tocsin-demo/purge', data: { ...common, action: 'purge', from: '1.1' } },
    ])
    const { time } = events()[0].data as { time: string }
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(600_000)
  })
})

/** As apt 2.6 writes it. */
const history = `
Start-Date: 2026-11-21  14:00:00
Commandline: apt-get install --no-install-recommends jq
Requested-By: ann (1000)
Install: libjq1:amd64 (1.6-2.1, automatic), jq:amd64 (1.6-2.1)
End-Date: 2026-11-21  14:00:03

Start-Date: 2026-11-22  03:48:47
Commandline: apt-get -qq upgrade
Upgrade: tzdata:all (2024a-0, 2025b-0)
`

it('the command of apt and its user stand with what they caused, and not with what dpkg did alone', async () => {
  writeFileSync(path('history.log'), history)
  await start({ zone: 'UTC' })
  appendFileSync(
    path('dpkg.log'),
    [
      '2026-11-21 14:00:01 startup archives unpack',
      '2026-11-21 14:00:01 install jq:amd64 <none> 1.6-2.1',
      '2026-11-21 14:00:02 status half-installed jq:amd64 1.6-2.1',
      '2026-11-21 14:30:00 startup archives unpack',
      '2026-11-21 14:30:00 install own:all <none> 1',
      '2026-11-22 03:48:48 startup archives unpack',
      '2026-11-22 03:48:49 upgrade tzdata:all 2024a-0 2025b-0',
      '',
    ].join('\n'),
  )
  await arrived(3)
  expect(events()).toMatchObject([
    {
      tag: 'jq/install',
      data: {
        time: '2026-11-21T14:00:01.000000Z',
        command: 'apt-get install --no-install-recommends jq',
        user: 'ann',
      },
    },
    { tag: 'own/install', data: { package: 'own' } },
    { tag: 'tzdata/upgrade', data: { command: 'apt-get -qq upgrade' } },
  ])
  expect(events()[1].data).not.toHaveProperty('command')
})

it('a restart continues after the last line, and a host without the log is degraded', async () => {
  await start()
  expect(runner.status().health).toMatchObject({
    state: 'degraded',
    reason: expect.stringContaining('dpkg.log does not exist'),
  })
  appendFileSync(path('dpkg.log'), '2026-11-21 14:00:01 remove jq:amd64 1.6 <none>\n')
  await arrived(1)
  await runner.stop()
  appendFileSync(path('dpkg.log'), '2026-11-21 14:00:02 purge jq:amd64 1.6 <none>\n')
  await start()
  await arrived(2)
  expect(events().map(({ tag }) => tag)).toEqual(['jq/remove', 'jq/purge'])
  expect(runner.status().health?.state).toBe('up')
})

it('lines about anything else are left out', () => {
  expect(
    parseDpkgLine('2025-06-24 14:36:25 status unpacked libsystemd0:amd64 252.36-1~deb12u1'),
  ).toBeUndefined()
  expect(parseDpkgLine('2025-06-24 14:36:25 trigproc man-db:amd64 2.11.2-2 <none>')).toBeUndefined()
  expect(parseDpkgLine('nonsense')).toBeUndefined()
  expect(parseDpkgLine('2025-06-24 14:36:25 startup archives unpack')).toEqual({
    time: '2025-06-24 14:36:25',
    action: 'startup',
  })
})

it('a history that is a link of somebody else, or a pipe, is not read, and holds up nobody', async () => {
  const line = (name: string) => `2026-11-21 14:00:01 install ${name}:amd64 <none> 1\n`
  const dpkgStarts = '2026-11-21 14:00:01 startup archives unpack\n'
  const commandOf = async (name: string, count: number) => {
    appendFileSync(path('dpkg.log'), dpkgStarts + line(name))
    await arrived(count)
    return (events()[count - 1].data as { command?: string }).command
  }
  writeFileSync(path('elsewhere.log'), history)
  symlinkSync(path('elsewhere.log'), path('history.log'))
  await start({ zone: 'UTC' })
  expect(await commandOf('a', 1)).toBe('apt-get install --no-install-recommends jq')
  // Only root can make what belongs to others.
  if (process.getuid?.() === 0) {
    lchownSync(path('history.log'), 12345, 12345)
    expect(await commandOf('b', 2)).toBeUndefined()
  }
  rmSync(path('history.log'))
  await run('mkfifo', [path('history.log')])
  expect(await commandOf('c', process.getuid?.() === 0 ? 3 : 2)).toBeUndefined()
})
