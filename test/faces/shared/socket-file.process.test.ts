import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { bindSocket, listenPrivately } from '../../../src/faces/shared/socket-file.js'
import { thisProcess } from '../../../src/storage/lock-holder.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('socket')
})

async function listen(path: string) {
  const server = createServer()
  await listenPrivately(server, path, realRuntime)
  return server
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'nothing thrown',
    (error) => error.code,
  )
}

it('creates a folder that only its owner may enter, and a socket that only its owner may use', async () => {
  const path = join(folder, 'a/b/tocsin.sock')
  const before = process.umask()
  const server = await listen(path)
  expect(statSync(join(folder, 'a/b')).mode & 0o777).toBe(0o700)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(process.umask()).toBe(before)
  server.close()
  await once(server, 'close')
  expect(existsSync(path)).toBe(false)
})

it('replaces the socket of a process that was killed', async () => {
  const path = join(folder, 's')
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['-e', program])
  await once(child, 'exit')
  expect(statSync(path).isSocket()).toBe(true)
  const server = await listen(path)
  server.close()
})

it('refuses a folder that others can exchange in one above it: TCN_SOCKET_FOLDER', async () => {
  const above = join(folder, 'above')
  mkdirSync(above)
  chmodSync(above, 0o777)
  expect(await codeOf(listen(join(above, 'own/s')))).toBe('TCN_SOCKET_FOLDER')
  chmodSync(above, 0o1777)
  const server = await listen(join(above, 'own/s'))
  server.close()
})

it('keeps a socket on which another server listens: TCN_SOCKET_IN_USE', async () => {
  const path = join(folder, 's')
  const server = await listen(path)
  expect(await codeOf(listen(path))).toBe('TCN_SOCKET_IN_USE')
  expect(await codeOf(bindSocket(createServer(), path))).toBe('TCN_SOCKET_IN_USE')
  expect(statSync(path).isSocket()).toBe(true)
  server.close()
})

it('lets one of many servers that start at once replace the socket of a crash: TCN_SOCKET_IN_USE for the others', async () => {
  const path = join(folder, 's')
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', program]), 'exit')
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => listen(path)))
  const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(servers).toHaveLength(1)
  expect(refusals).toEqual(Array(7).fill('TCN_SOCKET_IN_USE'))
  expect(readdirSync(folder)).toEqual(['s'])
  servers[0].close()
})

it('ignores a lock without its text, as a loss of power leaves it', async () => {
  const { pid } = thisProcess()
  for (const damaged of ['', '\0'.repeat(48), `${pid}`]) {
    writeFileSync(join(folder, '.tocsin.lock'), damaged)
    const server = await listen(join(folder, 's'))
    expect(readdirSync(folder)).toEqual(['s'])
    server.close()
    await once(server, 'close')
  }
})

it('ignores the lock of a hub that was killed, even if another process has its id by now', async () => {
  const { pid, boot } = thisProcess()
  for (const holder of [`4194305 1 ${boot}`, `${pid} 1 ${boot}`, `${pid} 1 another-boot`]) {
    writeFileSync(join(folder, '.tocsin.lock'), holder)
    const server = await listen(join(folder, 's'))
    expect(readdirSync(folder)).toEqual(['s'])
    server.close()
    await once(server, 'close')
  }
})

it('keeps a file that is not a socket: TCN_SOCKET_PATH_TAKEN', async () => {
  const path = join(folder, 's')
  writeFileSync(path, 'precious')
  expect(await codeOf(listen(path))).toBe('TCN_SOCKET_PATH_TAKEN')
  expect(statSync(path).size).toBe(8)
  rmSync(path)
  symlinkSync('/dev/null', path)
  expect(await codeOf(listen(path))).toBe('TCN_SOCKET_PATH_TAKEN')
})

it('refuses a folder that others may enter: TCN_SOCKET_FOLDER', async () => {
  for (const mode of [0o755, 0o710, 0o701]) {
    chmodSync(folder, mode)
    expect(await codeOf(listen(join(folder, 's')))).toBe('TCN_SOCKET_FOLDER')
  }
})

it('refuses a folder that is a link: TCN_SOCKET_FOLDER; or a file: TCN_SOCKET_NO_FOLDER', async () => {
  mkdirSync(join(folder, 'real'), { mode: 0o700 })
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  expect(await codeOf(listen(join(folder, 'link/s')))).toBe('TCN_SOCKET_FOLDER')
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(await codeOf(listen(join(file, 's')))).toBe('TCN_SOCKET_NO_FOLDER')
})

it('refuses a path that is too long for the system: TCN_CLIENT_PATH_TOO_LONG', async () => {
  expect(await codeOf(listen(join(folder, 'x'.repeat(108 - folder.length - 1))))).toBe(
    'TCN_CLIENT_PATH_TOO_LONG',
  )
  const longest = join(folder, 'x'.repeat(107 - folder.length - 1))
  const server = await listen(longest)
  server.close()
})
