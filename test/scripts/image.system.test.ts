import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/page.js'
import { sharedExecutable } from '../helpers/executable.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'

const NAME = 'tocsin-of-test'

/** Below the limits of this process: Podman asks for more, which takes CAP_SYS_RESOURCE. */
const LIMITS = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096']

describe('the image', () => {
  const folder = temporaryFolder('image')
  const archive = () => join(folder, readdirSync(folder).find((name) => name.endsWith('.oci.tar'))!)

  /** Podman with storage of its own, without a registry and without systemd. */
  const podman = (...words: string[]): string => {
    const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')]
    const ways = ['--storage-driver', 'vfs', '--runtime', 'runc', '--cgroup-manager', 'cgroupfs']
    const program = requireTool('podman')
    const all = [...storage, ...ways, '--events-backend', 'none', ...words]
    const { status, stdout, stderr } = spawnSync(program, all, { encoding: 'utf8' })
    expect(status, `podman ${words.join(' ')}: ${stdout}${stderr}`).toBe(0)
    return stdout + stderr
  }
  const tocsin = (...words: string[]) => podman('exec', NAME, 'tocsin', ...words)
  /** Resolves when the hub has started so often. */
  const isReady = (starts: number) =>
    expect
      .poll(() => podman('logs', NAME).match(/is ready/g) ?? [], { timeout: 60_000, interval: 200 })
      .toHaveLength(starts)

  beforeAll(async () => {
    requireTool('buildah')
    requireTool('runc')
    const words = ['--output', folder, '--executable', await sharedExecutable()]
    execFileSync(process.execPath, [join(root, 'scripts/package/image.mjs'), ...words], {
      cwd: root,
      stdio: 'pipe',
    })
    podman('load', '--input', archive())
  }, 300_000)

  afterAll(() => {
    podman('rm', '--force', '--all', '--volumes', '--time', '0')
    podman('rmi', '--force', '--all')
  })

  it('says what it is, and how it is run', () => {
    const [{ Config, RepoTags, RootFS }] = JSON.parse(podman('image', 'inspect', 'tocsin:0.1.0'))
    expect(RepoTags).toEqual(['localhost/tocsin:0.1.0'])
    expect(RootFS.Layers).toHaveLength(1)
    expect(Config).toMatchObject({
      User: '4580:4580',
      Entrypoint: ['tocsin'],
      Cmd: ['serve', '--data', '/var/lib/tocsin', '--socket', '/run/tocsin/tocsin.sock'],
      Volumes: { '/var/lib/tocsin': {} },
      ExposedPorts: { '4580/tcp': {} },
      StopSignal: 'SIGTERM',
    })
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'tocsin',
      'org.opencontainers.image.version': '0.1.0',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    })
  })

  it('runs a hub without privileges on a file system that it cannot write, and keeps the events of its volume', async () => {
    const restricted = ['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges']
    const places = ['--volume', 'of-test:/var/lib/tocsin', '--tmpfs', '/run/tocsin:U,mode=0700']
    podman(
      'run',
      '--detach',
      '--name',
      NAME,
      '--network',
      'none',
      '--log-driver',
      'k8s-file',
      ...LIMITS,
      ...restricted,
      ...places,
      'tocsin:0.1.0',
    )
    await isReady(1)
    expect(tocsin('status')).toContain('0.1.0')
    expect(tocsin('fire', 'demo/kept', '{"bell": "rings"}', '--ack', 'durable')).toMatch(/^\S+-\d+\n$/)
    podman('stop', '--time', '15', NAME)
    expect(podman('inspect', '--format', '{{.State.ExitCode}}', NAME).trim()).toBe('0')
    podman('start', NAME)
    await isReady(2)
    expect(tocsin('read', '--from', 'start', 'demo/kept', '--format', 'json')).toContain('rings')
    podman('stop', '--time', '15', NAME)
  })

  it('contains the command, its libraries with their licences, and no shell', () => {
    const listed = podman('export', '--output', join(folder, 'files.tar'), NAME)
    expect(listed).toBe('')
    const files = execFileSync('tar', ['-tvf', join(folder, 'files.tar'), '--numeric-owner'], {
      encoding: 'utf8',
    })
    const has = (path: string) => files.split('\n').find((line) => line.split(/\s+/)[5] === path)
    expect(has('usr/lib/tocsin/tocsin')).toMatch(/^-rwxr-xr-x 0\/0 /)
    expect(has('etc/tocsin/')).toMatch(/^drwxr-xr-x 0\/0 /)
    expect(has('run/tocsin/')).toMatch(/^drwx------ 4580\/4580 /)
    for (const path of ['copyright', 'NOTICES.txt.gz', 'tocsin.cdx.json'])
      expect(has(`usr/share/doc/tocsin/${path}`), path).toBeDefined()
    expect(files).toMatch(/usr\/share\/doc\/libc6\/copyright$/m)
    expect(files).not.toMatch(/\/(?:ba|da)?sh$/m)
  })
})
