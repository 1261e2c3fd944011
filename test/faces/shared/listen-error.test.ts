import { chmodSync, writeFileSync } from 'node:fs'
import { createServer, type ListenOptions, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { catalogue, TocsinError } from '../../../src/errors/tocsin-error.js'
import { claimFolder } from '../../../src/faces/salt/bus/listener.js'
import { isAddressError, listenError } from '../../../src/faces/shared/listen-error.js'
import { bindSocket, listenPrivately } from '../../../src/faces/shared/socket-file.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
const servers: Server[] = []
beforeEach(() => {
  folder = temporaryFolder('listen')
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Resolves with the port that was bound, or the error of the system. */
function listen(options: ListenOptions & { fd?: number }): Promise<number | NodeJS.ErrnoException> {
  const server = createServer()
  servers.push(server)
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen(options, () => {
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0)
    })
  })
}

async function thrownBy(work: () => unknown): Promise<TocsinError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof TocsinError) return error
  }
  throw new Error('a TocsinError is expected')
}

describe('a network address', () => {
  it('that another program listens on: TCN_SOCKET_IN_USE', async () => {
    const port = (await listen({ host: '127.0.0.1', port: 0 })) as number
    const system = await listen({ host: '127.0.0.1', port })
    expect(system).toMatchObject({ code: 'EADDRINUSE' })
    const error = listenError(`127.0.0.1:${port}`, system)
    expect(error.code).toBe('TCN_SOCKET_IN_USE')
    expect(error.message).toBe(`cannot listen on 127.0.0.1:${port}: another program already listens there`)
    expect(isAddressError(error)).toBe(true)
  })

  it('that this machine does not have: TCN_LISTEN_ADDRESS', async () => {
    const system = await listen({ host: '192.0.2.1', port: 0 })
    expect(system).toMatchObject({ code: 'EADDRNOTAVAIL' })
    const error = listenError('192.0.2.1:0', system)
    expect(error.code).toBe('TCN_LISTEN_ADDRESS')
    expect(isAddressError(error)).toBe(true)
  })

  it('that the system refuses for any other reason: TCN_LISTEN_FAILED', async () => {
    const system = (await listen({ fd: 99_999 })) as NodeJS.ErrnoException
    expect(system.code).toBe('EINVAL')
    const error = listenError('127.0.0.1:0', system)
    expect(error.code).toBe('TCN_LISTEN_FAILED')
    expect(error.message).toContain(system.message)
    expect(error.cause).toBe(system)
  })
})

describe('a unix socket', () => {
  it('in a folder that does not exist: TCN_SOCKET_NO_FOLDER', async () => {
    const path = join(folder, 'missing/s')
    expect(await thrownBy(() => bindSocket(createServer(), path))).toMatchObject({
      code: 'TCN_SOCKET_NO_FOLDER',
      message: expect.stringContaining(path),
    })
  })

  it('below a file: TCN_SOCKET_NO_FOLDER', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const path = join(file, 'folder/s')
    const error = await thrownBy(() => listenPrivately(createServer(), path, realRuntime))
    expect(error.cause).toMatchObject({ code: 'ENOTDIR' })
    expect(error.code).toBe('TCN_SOCKET_NO_FOLDER')
  })

  it('in a folder whose name is too long for the system: TCN_CLIENT_PATH_TOO_LONG', async () => {
    const error = await thrownBy(() => claimFolder(join(folder, 'x'.repeat(300))))
    expect(error.cause).toMatchObject({ code: 'ENAMETOOLONG' })
    expect(error.code).toBe('TCN_CLIENT_PATH_TOO_LONG')
  })

  it('in a folder that others can enter: TCN_SOCKET_FOLDER, which is not an address error', async () => {
    chmodSync(folder, 0o755)
    const error = await thrownBy(() => listenPrivately(createServer(), join(folder, 's'), realRuntime))
    expect(error.code).toBe('TCN_SOCKET_FOLDER')
    expect(isAddressError(error)).toBe(false)
  })
})

it('each cause has its own remedy', () => {
  const remedies = Object.entries(catalogue)
    .filter(([code]) => /^TCN_(LISTEN|SOCKET)_/.test(code))
    .map(([, { remedy }]) => remedy)
  expect(new Set(remedies).size).toBe(remedies.length)
})
