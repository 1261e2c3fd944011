import { chmodSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { dialError } from '../../../src/client/transport/transport-socket.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('denied')
})

const errno = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

describe("another user's socket", () => {
  it('is named with its owner, instead of asking for another hub to be started', () => {
    const path = join(folder, 'tocsin.sock')
    writeFileSync(path, '')
    chmodSync(path, 0o600)
    expect(dialError({ kind: 'unix', path }, errno('EACCES'))).toMatchObject({
      code: 'TCN_CLIENT_SOCKET_DENIED',
      message: `this user may not open ${path}: it belongs to ${userInfo().username}`,
    })
  })

  it('is named with the owner of its folder if that hides it', () => {
    const path = join(folder, 'hidden.sock')
    const { message } = dialError({ kind: 'unix', path }, errno('EACCES'))
    expect(message).toContain(`it belongs to ${userInfo().username}`)
  })

  it('is not assumed when nothing is there', () => {
    const path = join(folder, 'none.sock')
    expect(dialError({ kind: 'unix', path }, errno('ENOENT'))).toMatchObject({
      code: 'TCN_CLIENT_UNREACHABLE',
    })
  })
})
