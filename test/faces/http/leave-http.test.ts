import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LEFT_HTTP, leaveHttp } from '../../../src/faces/shared/socket-handle.js'

let server: Server
let client: Socket
let received = ''
beforeEach(() => {
  received = ''
})
afterEach(() => {
  client.destroy()
  server.close()
})

/** Sends a request to a server that answers with the head of a stream and then calls `next`. */
async function ask(next: RequestListener): Promise<void> {
  server = createServer((request, response) => {
    response.writeHead(200, { connection: 'close' })
    response.flushHeaders()
    next(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.setEncoding('utf8').on('data', (text) => (received += text))
  client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
}

function leaving(): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  return new Promise((resolve) => {
    void ask((request, response) => {
      const old = request.socket
      const closed = Promise.all([once(old, 'close'), once(response, 'close')])
      resolve({ socket: leaveHttp(old), closed })
    })
  })
}

it('ends request and response, and the connection continues after the head', async () => {
  const { socket, closed } = await leaving()
  await closed
  socket.write('more')
  await expect.poll(() => received).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*\r\n\r\nmore$/)
})

it('closes the connection when the peer disconnects, and when it sends more bytes', async () => {
  for (const end of [() => client.end(), () => client.write('GET /again HTTP/1.1\r\n')]) {
    const { socket, closed } = await leaving()
    await closed
    const ended = once(socket, 'close')
    end()
    await ended
    server.close()
  }
})

it('counts as a connection of the server, which does not close before it', async () => {
  const { socket, closed } = await leaving()
  await closed
  let isClosed = false
  const over = new Promise<void>((done) => server.close(() => done())).then(() => (isClosed = true))
  socket.write('more')
  await expect.poll(() => received).toContain('more')
  expect(isClosed).toBe(false)
  socket.end()
  await over
})

it('announces the socket that replaces the old one', async () => {
  const [said, next] = await new Promise<Socket[]>((resolve) => {
    void ask(({ socket }) => {
      const named: Socket[] = []
      socket.once(LEFT_HTTP, (next) => named.push(next))
      named.push(leaveHttp(socket))
      resolve(named)
    })
  })
  expect(said).toBe(next)
})

it('does not wait for a peer: with output pending, the connection stays unchanged', async () => {
  const [before, after] = await new Promise<Socket[]>((resolve) => {
    void ask(({ socket }, response) => {
      response.write(Buffer.alloc(2 ** 25))
      setImmediate(() => resolve([socket, leaveHttp(socket)]))
    }).then(() => client.pause())
  })
  expect(after).toBe(before)
})
