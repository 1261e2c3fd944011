import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { main, Running } from './hub-process.js'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('notify')
})

function start(...program: ConstructorParameters<typeof Running>): Running {
  const running = new Running(...program)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  return running
}

/** Prints the messages that systemd would receive. A descriptor that comes with one is closed: its sender waits for that. */
const listener = (path: string) => `
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(${JSON.stringify(path)})
print('listening', flush=True)
while True:
    text, fds, _, _ = socket.recv_fds(s, 4096, 16)
    for fd in fds: os.close(fd)
    for line in text.decode().splitlines():
        if line and not line.startswith('BARRIER'): print(line, flush=True)
`

async function manager() {
  const path = join(folder, 'notify')
  const running = start('python3', ['-c', listener(path)])
  await running.until(() => running.stdout.includes('listening'), 'it listened')
  return { path, running, messages: () => running.stdout.split('\n').slice(1, -1) }
}

function startHub(env: NodeJS.ProcessEnv): Running {
  const config = join(folder, 'tocsin.yaml')
  writeFileSync(config, 'listen: { http: off }\n')
  const args = [
    'serve',
    '--config',
    config,
    '--data',
    join(folder, 'data'),
    '--socket',
    join(folder, 's.sock'),
  ]
  return start(process.execPath, [main, ...args, '--no-sources'], { env: { ...process.env, ...env } })
}

it('the service manager learns that the hub is ready, alive, reloading and stopping, in this order', async () => {
  const { path, running, messages } = await manager()
  const hub = startHub({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '400000' })
  const has = (...wanted: string[]) =>
    running.until(() => wanted.every((each) => messages().includes(each)), String(wanted))
  await has('READY=1')
  expect(messages()[0]).toBe('READY=1')
  expect(hub.stderr).toContain('is ready')
  await has('WATCHDOG=1')
  hub.child.kill('SIGHUP')
  await has('RELOADING=1')
  await running.until(
    () => messages().lastIndexOf('READY=1') > messages().indexOf('RELOADING=1'),
    'it was ready again',
  )
  writeFileSync(join(folder, 'tocsin.yaml'), 'nonsense: 1\n')
  hub.child.kill('SIGHUP')
  const count = (message: string) => messages().filter((each) => each === message).length
  await running.until(
    () => count('RELOADING=1') === 2 && count('READY=1') === 3,
    'it was ready after a failed reload',
  )
  expect(hub.stderr).toContain('the reload has failed')
  expect((await hub.signal('SIGTERM')).code).toBe(0)
  await has('STOPPING=1')
  await running.signal('SIGTERM')
})

it('a watchdog for another process is left alone, and programs of the hub do not inherit the socket', async () => {
  const { path, running, messages } = await manager()
  const hub = startHub({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' })
  await running.until(() => messages().includes('READY=1'), 'it was ready')
  expect((await hub.signal('SIGTERM')).code).toBe(0)
  await running.until(() => messages().includes('STOPPING=1'), 'it stopped')
  expect(messages()).toEqual(['READY=1', 'STOPPING=1'])
  await running.signal('SIGTERM')
})

it('a service manager that cannot be told is said once, and the hub runs', async () => {
  const hub = startHub({ NOTIFY_SOCKET: join(folder, 'nobody'), WATCHDOG_USEC: '100000' })
  await hub.until(() => hub.stderr.includes('cannot be told READY=1'), 'it was said')
  expect((await hub.signal('SIGTERM')).code).toBe(0)
  expect(hub.stderr.split('cannot be told')).toHaveLength(2)
})

it('where programs start slowly, signs of life keep back nothing else', async () => {
  const { path, running, messages } = await manager()
  const slow = join(folder, 'systemd-notify')
  writeFileSync(slow, `#!/bin/sh\nsleep 0.3\nPATH='${process.env.PATH}' exec systemd-notify "$@"\n`, {
    mode: 0o755,
  })
  const hub = startHub({
    NOTIFY_SOCKET: path,
    WATCHDOG_USEC: '10000',
    PATH: `${folder}:${process.env.PATH}`,
  })
  const count = (message: string) => messages().filter((each) => each === message).length
  await running.until(() => count('WATCHDOG=1') > 5, 'it was alive')
  const before = count('WATCHDOG=1')
  hub.child.kill('SIGHUP')
  await running.until(() => count('READY=1') === 2, 'it was ready again')
  expect(count('WATCHDOG=1')).toBeLessThan(before + 10)
  expect((await hub.signal('SIGTERM')).code).toBe(0)
  await running.signal('SIGTERM')
})
