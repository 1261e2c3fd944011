import { createConnection, createServer } from 'node:net'
import { connect } from '../../src/client/index.js'

/** Returns a free port. No other program is expected to take it in the meantime. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Returns whether a server listens on the path of a unix socket, or on a port of this machine. */
export function answers(where: string | number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection =
      typeof where === 'string' ? createConnection(where) : createConnection(where, '127.0.0.1')
    connection.once('connect', () => {
      connection.destroy()
      resolve(true)
    })
    connection.once('error', () => resolve(false))
  })
}

/** Creates a token of a principal with all rights, which network connections require. */
export function newToken(socket: string): Promise<string> {
  return makeToken(socket, { name: 'bench', rights: '*' })
}

/** Creates a token of a principal of the configuration. */
export function tokenOf(socket: string, principal: string): Promise<string> {
  return makeToken(socket, { name: principal, principal })
}

async function makeToken(socket: string, asked: Record<string, string>): Promise<string> {
  const client = await connect({ address: socket })
  const { token } = await client.request<{ token: string }>('tokens.add', asked)
  await client.close()
  return token
}
