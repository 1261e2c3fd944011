import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { checkSocketFolders, listenUnshared, shareSocket } from '../../src/parts/unix-socket.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let folder: string
let path: string
beforeEach(() => {
  folder = temporaryFolder('unix-socket')
  path = join(folder, 's')
})

async function bind(at = path): Promise<Server> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((done) => {
    server.once('listening', done)
    listenUnshared(server, at)
  })
  return server
}

const modeOf = (file: string) => statSync(file).mode & 0o777

it('a socket is private until it is opened to others', async () => {
  const before = process.umask(0)
  try {
    await bind()
    expect(process.umask()).toBe(0)
  } finally {
    process.umask(before)
  }
  expect(modeOf(path)).toBe(0o600)
  shareSocket(path, { mode: 0o666 })
  expect(modeOf(path)).toBe(0o666)
})

it('what others put in the place of the socket keeps its mode', async () => {
  await bind()
  renameSync(path, join(folder, 'away'))
  writeFileSync(path, '', { mode: 0o600 })
  expect(() => shareSocket(path, { mode: 0o666 })).toThrow(
    'is no longer the socket that this process has made',
  )
  expect(modeOf(path)).toBe(0o600)
  rmSync(path)
  expect(() => shareSocket(path, { mode: 0o666 })).toThrow('ENOENT')
  const target = join(folder, 'target')
  writeFileSync(target, '', { mode: 0o600 })
  symlinkSync(target, path)
  expect(() => shareSocket(path, { mode: 0o666 })).toThrow('is no longer the socket')
  expect(modeOf(target)).toBe(0o600)
})

it('a socket below a folder that everybody may write is refused, unless that has the sticky bit', () => {
  mkdirSync(join(folder, 'open/own'), { recursive: true })
  const below = join(folder, 'open/own/s')
  chmodSync(join(folder, 'open'), 0o777)
  expect(() => checkSocketFolders(below)).toThrow(
    `the folder ${folder}/open on the way to ${below} can be written`,
  )
  chmodSync(join(folder, 'open'), 0o1777)
  expect(() => checkSocketFolders(below)).not.toThrow()
})
