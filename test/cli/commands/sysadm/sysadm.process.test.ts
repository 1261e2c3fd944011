import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type SysadmFixture, startSysadm } from '../../../faces/sysadm/fixture.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { GenuineBridge } from '../../../protocols/sysadm/client/genuine-bridge.js'
import { frames } from '../../../protocols/sysadm/client/genuine-peer.js'
import { GenuineServer } from '../../../protocols/sysadm/client/genuine-server.js'
import { testKey } from '../../../protocols/sysadm/client/test-key.js'

let folder: string
let hub: SysadmFixture
let genuine: GenuineServer
let login: string[]

beforeAll(async () => {
  folder = temporaryFolder('sysadm')
  const file = join(folder, 'password')
  writeFileSync(file, `${PASSWORD}\n`, { mode: 0o600 })
  login = ['--user', 'root', '--password-file', file]
  hub = await startSysadm({
    hub: { config: { jobs: { programs: ['echo', 'sh', 'sleep'], killAfter: '300ms' } } },
  })
  genuine = await GenuineServer.start()
  genuine.state.last['system-state'] = frames.state
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await genuine?.[Symbol.asyncDispose]()
})

const pinned = () => [...login, '--pin', genuine.fingerprint]
const onHub = () => [...login, '--insecure']
const run = (...words: string[]) => runCommand(['sysadm', ...words])

describe('watch', () => {
  it('shows the events of a genuine server, with the output of jobs below', async () => {
    const watching = new RunningCommand(['sysadm', 'watch', genuine.url, ...pinned(), '--count', '5'])
    await watching.prints('DEGRADED')
    for (const frame of [frames.snapshot, frames.wrapped, frames.finished]) genuine.push(frame)
    genuine.push(
      frames.finished.replace('"return_codes/echo sample1":"0"', '"return_codes/echo sample1":"2"'),
    )
    expect(await watching.ended).toBe(0)
    expect(watching.stdout.replaceAll(/^\d{4}-\S+Z {2}/gm, '').split('\n')).toEqual([
      'system-state    Urgent: vm2 (new name): tank DEGRADED 12% of 107G',
      'life-preserver  Fri Nov 20 04:52:33 UTC 2026: New snapshot of tank/home',
      'dispatcher      running sysadm_pkg_install-{1111}: ./slow.sh a; ./slow.sh b',
      '  line a 1',
      '  line a 2',
      'dispatcher      finished procID1',
      '  sample1',
      'dispatcher      failed (2) procID1',
      '  sample1',
      '',
    ])
  })

  it('prints the arguments of the server as JSON, of the classes that are asked for', async () => {
    const words = ['--classes', 'life-preserver', '--format', 'json', '--count', '1']
    const watching = new RunningCommand(['sysadm', 'watch', genuine.url, ...pinned(), ...words])
    const known = genuine.peers.length
    while (genuine.peers.length === known || !genuine.peer.subscribed.has('life-preserver'))
      await new Promise((resolve) => setImmediate(resolve))
    genuine.push(frames.running)
    genuine.push(frames.snapshot)
    expect(await watching.ended).toBe(0)
    expect(JSON.parse(watching.stdout)).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      class: 'life-preserver',
      args: JSON.parse(frames.snapshot).args,
    })
  })

  it('leaves out the time stamp of a message that is of now, and takes that of an event of a hub', async () => {
    const stamp = new Date()
      .toUTCString()
      .replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 UTC $4')
    const watching = new RunningCommand(['sysadm', 'watch', genuine.url, ...pinned(), '--count', '2'])
    await watching.prints('DEGRADED')
    genuine.push(frames.snapshot.replace('Fri Nov 20 04:52:33 UTC 2026', stamp))
    expect(await watching.ended).toBe(0)
    expect(watching.stdout).toMatch(/life-preserver {2}New snapshot/)
    hub.publish('past/event', {})
    const words = ['--classes', 'tocsin', '--filter', 'past/event', '--from', 'start', '--format', 'json']
    const { stdout } = await run('watch', hub.url, ...onHub(), ...words, '--count', '1')
    const { time, args } = JSON.parse(stdout)
    expect(Date.parse(time)).toBe(Date.parse(args.time))
  })

  it('names a fingerprint that is not pinned, and refuses another one', async () => {
    const unknown = await run('watch', genuine.url, ...login)
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toContain(genuine.fingerprint)
    expect(await run('watch', genuine.url, ...login, '--pin', '00'.repeat(32))).toMatchObject({ code: 1 })
  })

  it('ends with an exit code of its own if nothing comes, if events are missing, or the login is refused', async () => {
    const quiet = ['--classes', 'dispatcher', '--duration', '300ms']
    expect(await run('watch', genuine.url, ...pinned(), ...quiet)).toMatchObject({ code: 5 })
    const strict = new RunningCommand(['sysadm', 'watch', genuine.url, ...pinned(), '--strict'])
    await strict.prints('DEGRADED')
    genuine.cut()
    expect(await strict.ended).toBe(6)
    expect(strict.stderr).toContain('connection lost')
    const wrong = join(folder, 'wrong')
    writeFileSync(wrong, 'wrong', { mode: 0o644 })
    const refused = await run(
      'watch',
      genuine.url,
      ...['--user', 'root', '--password-file', wrong, '--pin', genuine.fingerprint],
    )
    expect(refused).toMatchObject({ code: 4 })
    expect(refused.stderr).toContain('others may read')
    expect(await run('watch', 'wss://127.0.0.1:1', ...onHub())).toMatchObject({ code: 3 })
  })

  it('needs a login, and knows the classes', async () => {
    expect((await run('watch', genuine.url)).stderr).toContain('--login-key')
    expect((await run('watch', genuine.url, '--user', 'root')).stderr).toContain('TOCSIN_SYSADM_PASSWORD')
    const wrong = await run('watch', genuine.url, ...pinned(), '--classes', 'zfs')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("no class 'zfs'") })
  })

  it('reads the past of a hub, and all its events that match', async () => {
    hub.publish('sysadm/life-preserver/snapshot', {
      class: 'snapshot',
      message: 'early',
      priority: '0 - Information',
    })
    const past = await run(
      'watch',
      hub.url,
      ...onHub(),
      '--classes',
      'life-preserver',
      '--from',
      'start',
      '--count',
      '1',
    )
    expect(past.stdout).toContain('early')
    hub.publish('deploy/web1/done', { version: 2 })
    const words = ['--classes', 'tocsin', '--filter', 'deploy/**', '--from', 'start', '--count', '1']
    expect((await run('watch', hub.url, ...onHub(), ...words)).stdout).toContain(
      'deploy/web1/done  {"version":2}',
    )
  })
})

describe('a server behind a bridge', () => {
  it('is watched by its name, after a login by key', async () => {
    await using bridge = await GenuineBridge.start()
    const { key, pem } = testKey()
    bridge.key = key.publicPem
    bridge.add('::{00000000}', 'nas1')
    bridge.add('::{00000001}', 'nas2').state.last['system-state'] = frames.state
    const file = join(folder, 'bridged.key')
    writeFileSync(file, pem, { mode: 0o600 })
    const words = ['--bridge', bridge.url, '--pin', bridge.fingerprint, '--login-key', file]
    const watched = await run('watch', 'nas2', ...words, '--classes', 'system-state', '--count', '1')
    expect(watched).toMatchObject({ code: 0, stdout: expect.stringContaining('tank DEGRADED') })
    const unknown = await run('watch', 'nas3', ...words)
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('it reaches nas1, nas2') })
    expect(await run('watch', 'nas2', '--bridge', bridge.url, '--user', 'root')).toMatchObject({ code: 2 })
    expect(await run('watch', 'nas2', '--user', 'root', '--bridge-key', file)).toMatchObject({ code: 2 })
    const other = testKey()
    const bridgeFile = join(folder, 'bridge.key')
    writeFileSync(bridgeFile, other.pem, { mode: 0o600 })
    bridge.key = other.key.publicPem
    const withBoth = await run(
      'watch',
      'nas2',
      ...words,
      '--bridge-key',
      bridgeFile,
      '--classes',
      'system-state',
      '--count',
      '1',
    )
    expect(withBoth).toMatchObject({ code: 0, stdout: expect.stringContaining('tank DEGRADED') })
  })
})

describe('run', () => {
  const runJob = (...words: string[]) => run('run', ...onHub(), ...words)

  it('prints the output of the job, and ends with its code', async () => {
    expect(await runJob(hub.url, 'echo', 'two  words', '$HOME')).toEqual({
      code: 0,
      stdout: 'two  words $HOME\n',
      stderr: '',
    })
    expect(await runJob('-c', 'echo one', '-c', 'sh -c "exit 7"', '-c', 'echo never', hub.url)).toEqual({
      code: 7,
      stdout: 'one\n',
      stderr: 'tocsin: sh -c "exit 7" ended with code 7\n',
    })
    expect(await runJob(hub.url, 'sh', '-c', 'kill -9 $$')).toMatchObject({
      code: 137,
      stderr: expect.stringContaining('was ended by signal 9'),
    })
    expect(await runJob(hub.url, 'reboot')).toMatchObject({ code: 4 })
    expect(await runJob(hub.url)).toMatchObject({ code: 2 })
  })

  it('prints output as it comes, and kills the job when it is interrupted', async () => {
    const words = ['sysadm', 'run', ...onHub(), '--id', 'sysadm_sourcectl_long', hub.url]
    const running = new RunningCommand([...words, 'sh', '-c', 'echo begun; sleep 60'])
    await running.prints('begun\n')
    expect(await running.interrupt()).toBe(130)
    expect(running.stderr).toContain('killing the job sysadm_sourcectl_long')
    const client = await hub.login()
    expect(await client.rpc('dispatcher', { action: 'list' })).toEqual({ jobs: { no_queue: {} } })
  })

  it('leaves the job alone with --keep', async () => {
    const words = ['sysadm', 'run', ...onHub(), '--keep', '--id', 'sysadm_sourcectl_kept', hub.url]
    const running = new RunningCommand([...words, 'sh', '-c', 'echo begun; sleep 60'])
    await running.prints('begun\n')
    expect(await running.interrupt()).toBe(130)
    const client = await hub.login()
    expect(await client.rpc('dispatcher', { action: 'list' })).toMatchObject({
      jobs: { no_queue: { sysadm_sourcectl_kept: { state: 'running' } } },
    })
  })
})

describe('login-key', () => {
  it('makes a key that only the user can read, and registers, uses and removes it', async () => {
    const file = join(folder, 'login.key')
    const key = (verb: string, ...words: string[]) => run('login-key', verb, hub.url, ...words, '--insecure')
    expect((await key('list', ...login)).stdout).toBe('no keys are registered\n')
    const added = await key('add', file, ...login, '--nickname', 'laptop')
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('only you can read') })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const listed = await key('list', '--login-key', file, '--format', 'json')
    expect(JSON.parse(listed.stdout)).toMatchObject({ user: 'root', nickname: 'laptop' })
    expect((await key('list', '--login-key', file)).stdout).toMatch(/^root +\S{24} +laptop +.*\d{4}-/m)
    expect(await key('remove', file, '--login-key', file)).toMatchObject({ code: 0 })
    expect(existsSync(file)).toBe(true)
    expect(await key('list', '--login-key', file)).toMatchObject({ code: 4 })
    expect(await key('remove', file, ...login)).toMatchObject({ code: 4 })
  })
})
