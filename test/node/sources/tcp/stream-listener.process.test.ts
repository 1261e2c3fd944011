// Runs on each supported Node.js: TLS.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer, type Server, connect as secureConnect } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StreamListener } from '../../../../src/sources/tcp/stream-listener.js'
import { closed } from '../../../helpers/closed.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { testCertificate } from '../../../sources/syslog/harness.js'

let files: { cert: Buffer; key: Buffer }
let listener: StreamListener
let port: number
let peers: number
/** Connections that the server has seen. */
let arrived: number
const clients: Socket[] = []
beforeEach(() => {
  const { certificate, key } = testCertificate(temporaryFolder('stream-listener'))
  files = { cert: readFileSync(certificate), key: readFileSync(key) }
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await listener.close()
})

/** Handshakes may last for longer than a test. */
function prepare(accepts: (address: string) => boolean): Server {
  peers = 0
  arrived = 0
  const server = createServer({ ...files, handshakeTimeout: 600_000 })
  listener = new StreamListener({
    transport: 'tls',
    isSecure: true,
    server,
    maxPeers: 10,
    runtime: realRuntime,
    peer: ({ socket }) => {
      peers++
      const end = () => void socket.destroy()
      return { held: 0, heldSince: undefined, close: end, abandon: end }
    },
    accepts,
    refused: () => {},
  })
  server.on('connection', () => arrived++)
  return server
}

async function listen(accepts: (address: string) => boolean): Promise<void> {
  const server = prepare(accepts)
  await listener.listen({ host: '127.0.0.1', port: 0 })
  port = (server.address() as AddressInfo).port
}

async function dial(): Promise<Socket> {
  const client = connect(port, '127.0.0.1')
  clients.push(client)
  client.on('error', () => {})
  await once(client, 'connect')
  return client
}

it('a listener that closes waits for no handshake, and a connection in it becomes no sender', async () => {
  await listen(() => true)
  await dial()
  const late = await dial()
  await expect.poll(() => arrived).toBe(2)
  const closing = listener.close()
  const secure = secureConnect({ socket: late, rejectUnauthorized: false })
  await once(secure, 'error')
  await closing
  expect([peers, listener.peers]).toEqual([0, 0])
})

it('a sender that is not wanted is refused before its handshake, and others are served', async () => {
  let isWanted = false
  await listen(() => isWanted)
  const stranger = await dial()
  await closed(stranger)
  isWanted = true
  const secure = secureConnect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  clients.push(secure)
  await once(secure, 'secureConnect')
  await expect.poll(() => listener.peers).toBe(1)
})

it('a listener that is closed before it is bound leaves nothing bound, and waits for nothing', async () => {
  const server = prepare(() => true)
  const listening = listener.listen({ host: '127.0.0.1', port: 0 })
  await listener.close()
  await listening
  expect(server.listening).toBe(false)
})

it('a listener that is closed while it looks at the path of its socket leaves nothing bound', async () => {
  const server = prepare(() => true)
  const listening = listener.listenAt(join(temporaryFolder('stream-listener'), 'socket'), 0o600)
  await listener.close()
  await expect(listening).rejects.toThrow('ENOENT')
  expect(server.listening).toBe(false)
})
