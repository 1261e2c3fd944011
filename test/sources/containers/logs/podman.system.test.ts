import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import { containersConfig, containersSource } from '../../../../src/sources/containers/index.js'
import { SourceRunner } from '../../../../src/sources/runner.js'
import type { HostContainerLine } from '../../../../src/types/host/containers.js'
import { FakeHost } from '../../../helpers/fake-source-host.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { requireTool } from '../../../helpers/tools.js'

const IMAGE = 'shell-of-test'
/** Below the limits of this process: Podman asks for more, which takes CAP_SYS_RESOURCE. */
const LIMITS = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096']

describe('the logs of a genuine Podman', () => {
  const folder = temporaryFolder('podman')
  const socket = join(folder, 'podman.sock')
  let service: ChildProcess
  let host: FakeHost
  let runner: SourceRunner | undefined

  /** With storage of its own, without a registry and without systemd. */
  const words = (...more: string[]) => [
    ...['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')],
    ...['--storage-driver', 'vfs', '--runtime', 'runc', '--cgroup-manager', 'cgroupfs'],
    ...['--events-backend', 'file', '--tmpdir', join(folder, 'tmp'), ...more],
  ]
  const podman = (...more: string[]): string => {
    const { status, stdout, stderr } = spawnSync(requireTool('podman'), words(...more), { encoding: 'utf8' })
    expect(status, `podman ${more.join(' ')}: ${stdout}${stderr}`).toBe(0)
    return stdout
  }
  const run = (name: string, script: string, ...more: string[]) =>
    podman(
      'run',
      '--detach',
      '--name',
      name,
      '--network',
      'none',
      ...LIMITS,
      ...more,
      IMAGE,
      '/bin/sh',
      '-c',
      script,
    )

  beforeAll(async () => {
    requireTool('runc')
    const root = join(folder, 'root')
    mkdirSync(join(root, 'bin'), { recursive: true })
    copyFileSync(requireTool('busybox'), join(root, 'bin/busybox'))
    for (const name of ['sh', 'sleep', 'cat']) symlinkSync('busybox', join(root, 'bin', name))
    const tar = join(folder, 'root.tar')
    execFileSync('tar', ['-C', root, '-cf', tar, '.'])
    podman('import', tar, IMAGE)
    service = spawn(requireTool('podman'), words('system', 'service', '--time', '0', `unix://${socket}`), {
      stdio: 'ignore',
    })
    await vi.waitFor(() => expect(existsSync(socket)).toBe(true), { timeout: 30_000 })
    host = new FakeHost(realRuntime)
  })

  afterEach(async () => {
    await runner?.stop()
    podman('rm', '--force', '--all', '--time', '0')
  })

  afterAll(async () => {
    podman('rmi', '--force', '--all')
    service.kill('SIGKILL')
    await once(service, 'exit')
  })

  async function start(logs: z.input<typeof containersConfig>['logs'] = {}): Promise<void> {
    runner = new SourceRunner(containersSource(containersConfig.parse({ socket, logs })), host)
    runner.start()
    await expect.poll(() => runner?.status().state, { timeout: 30_000 }).toBe('up')
  }

  const lines = (name: string) =>
    host.events.flatMap(({ tag, data }) =>
      tag === `host/web1/containers/${name}/line` ? [data as HostContainerLine] : [],
    )
  const texts = (name: string) => lines(name).map(({ line }) => line)

  it('are published line by line, none twice and none missing over a stop of the hub', async () => {
    await start()
    run(
      'web',
      'echo one; echo oops >&2; n=2; while sleep 0.1; do echo line $n; n=$((n+1)); done'.replace(
        'read a < /dev/zero; ',
        '',
      ),
    )
    await expect
      .poll(() => texts('web').filter((line) => line?.startsWith('line')).length, { timeout: 60_000 })
      .toBeGreaterThan(3)
    await runner?.stop()
    const before = texts('web').length
    await expect.poll(() => podman('logs', 'web').split('\n').length).toBeGreaterThan(before + 5)
    await start()
    await expect.poll(() => texts('web').length, { timeout: 60_000 }).toBeGreaterThan(before + 8)
    const [first] = lines('web')
    expect(first).toMatchObject({ name: 'web', stream: 'stdout', line: 'one', time: expect.any(String) })
    expect(
      lines('web')
        .filter(({ stream }) => stream === 'stderr')
        .map(({ line }) => line),
    ).toEqual(['oops'])
    const counted = texts('web').flatMap((line) => (line?.startsWith('line ') ? [Number(line.slice(5))] : []))
    expect(counted).toEqual(counted.map((_, n) => n + 2))
  })

  it('are joined, parsed and chosen by name', async () => {
    await start({ names: ['app*'], multiline: { indented: true }, parse: 'logfmt' })
    run('other', 'echo nothing')
    run('app', "echo level=error msg=broken; echo 'Error: no'; echo '  at a'; echo '  at b'")
    await expect.poll(() => lines('app').length, { timeout: 60_000 }).toBe(2)
    expect(lines('app')).toMatchObject([
      { message: 'broken', severity: 'err' },
      { line: 'Error: no\n  at a\n  at b' },
    ])
    expect(lines('other')).toEqual([])
  })

  it('of a container with a terminal are its lines', async () => {
    await start()
    run('console', 'echo one; echo two', '--tty')
    await expect.poll(() => texts('console'), { timeout: 60_000 }).toEqual(['one', 'two'])
  })
})
