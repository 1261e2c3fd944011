import { chownSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { listenUnshared, shareSocket } from '../../src/parts/unix-socket.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let path: string
beforeEach(async () => {
  path = join(temporaryFolder('unix-socket'), 's')
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((done) => {
    server.once('listening', done)
    listenUnshared(server, path)
  })
})

const modeOf = (file: string) => statSync(file).mode & 0o777

it('a socket is given to a group', () => {
  shareSocket(path, { mode: 0o660, gid: 12345 })
  expect(statSync(path)).toMatchObject({ uid: 0, gid: 12345 })
  expect(modeOf(path)).toBe(0o660)
})

it('the socket of another user keeps its mode', () => {
  chownSync(path, 12345, 12345)
  expect(() => shareSocket(path, { mode: 0o666 })).toThrow('is no longer the socket')
  expect(modeOf(path)).toBe(0o600)
})
