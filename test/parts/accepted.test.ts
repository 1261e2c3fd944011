import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { leaveHttp, shareReads } from '../../src/faces/shared/socket-handle.js'
import { adopt, adoptConnections } from '../../src/parts/accepted.js'
import { currentPart } from '../../src/parts/boundary.js'
import { Faults, partOf, throwing } from './faults.js'

const broken = new Error('broken')

/** A server whose listener runs outside of every part, as Node calls it, and a peer of it. */
async function connected(take: (socket: Socket, server: Server) => void, prepare?: (server: Server) => void) {
  const server = createServer({ pauseOnConnect: true }, (socket) => take(socket, server))
  prepare?.(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const peer = connect((server.address() as { port: number }).port, '127.0.0.1')
  peer.on('error', () => undefined).resume()
  await once(peer, 'connect')
  return { server, peer, closed: new Promise((done) => peer.once('close', done)) }
}

const ways: [name: string, change: (socket: Socket) => Socket][] = [
  ['as it was accepted', (socket) => socket.resume()],
  ['that shares its buffer', shareReads],
  ['that was one of HTTP', (socket) => leaveHttp(socket)],
]

it.each(ways)(
  'a face closes a connection %s when a listener of it throws, and nothing else',
  async (_, change) => {
    using faults = new Faults()
    const { part, failures } = partOf('face')
    const owners: unknown[] = []
    const { server, peer, closed } = await connected((accepted) =>
      part.run(() => {
        adopt(accepted)
        const socket = change(accepted)
        socket.on('close', () => owners.push(currentPart()))
        socket.prependListener('data', () => {
          owners.push(currentPart())
          throw broken
        })
      }),
    )
    peer.write('hello')
    await closed
    await new Promise((done) => server.close(done))
    expect(owners).toEqual([part, part])
    expect(faults.parts).toEqual([['face test', broken]])
    expect(failures).toEqual([])
  },
)

it('a source fails as a whole when a listener of a connection throws', async () => {
  const { part, failures } = partOf('source')
  const { server, peer } = await connected((socket) =>
    part.run(() => {
      adopt(socket)
      socket.on('data', throwing(broken)).resume()
    }),
  )
  peer.write('hello')
  await expect.poll(() => failures).toEqual([broken])
  peer.destroy()
  await new Promise((done) => server.close(done))
})

it('a connection at whose beginning something throws is closed, and its server can close', async () => {
  using faults = new Faults()
  const { part } = partOf('face')
  const { server, closed } = await connected(throwing(broken), (server) =>
    part.run(() => adoptConnections(server)),
  )
  await closed
  await new Promise((done) => server.close(done))
  expect(faults.parts).toEqual([['face test', broken]])
})

it('the connections of a server belong to the part that listens from their first listener on', async () => {
  const { part } = partOf('face')
  const owners: unknown[] = []
  const { server, peer } = await connected(
    (socket) => {
      owners.push(currentPart())
      socket.on('data', () => owners.push(currentPart())).resume()
    },
    (server) => part.run(() => adoptConnections(server)),
  )
  peer.end('hello')
  await expect.poll(() => owners).toEqual([part, part])
  await new Promise((done) => server.close(done))
})

it('sockets and servers of the core stay as they are', () => {
  const server = createServer()
  adoptConnections(server)
  expect(Object.hasOwn(server, 'emit')).toBe(false)
})
