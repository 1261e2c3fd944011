import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { Budgets } from '../../../src/faces/shared/budget.js'
import { WebListener, type WebListenerOptions } from '../../../src/faces/web/listener.js'
import { realRuntime } from '../../helpers/real-runtime.js'

interface Served {
  readonly port: number
  /** Paths of the requests that have begun, in order, and what answers each. */
  readonly begun: Map<string, ServerResponse>
  readonly client: Socket
  received(): string
}

async function served(upgrade: WebListenerOptions['upgrade'] = () => {}): Promise<Served> {
  const begun = new Map<string, ServerResponse>()
  const listener = new WebListener({
    runtime: realRuntime,
    limits: { connections: 100, headers: 16_384, headersTimeout: 10_000 },
    budgets: new Budgets(),
    answerError: ({ code }) => ({ status: 503, headers: {}, body: code }),
    request: (request, response) => void begun.set(request.url ?? '', response),
    upgrade,
  })
  const { port } = new URL(await listener.listen({ host: '127.0.0.1', port: 0 }))
  const client = connect(Number(port), '127.0.0.1')
  await once(client, 'connect')
  let text = ''
  client.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  onTestFinished(async () => {
    client.destroy()
    listener.unbind()
    await listener.close()
  })
  return { port: Number(port), begun, client, received: () => text }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: hub\r\n\r\n`

it('requests that come together on a connection are served one after the other', async () => {
  const { begun, client, received } = await served()
  client.write(get('/1') + get('/2') + get('/3'))
  await expect.poll(() => [...begun.keys()]).toEqual(['/1'])
  begun.get('/1')?.end('one')
  await expect.poll(() => [...begun.keys()]).toEqual(['/1', '/2'])
  begun.get('/2')?.end('two')
  await expect.poll(() => [...begun.keys()]).toEqual(['/1', '/2', '/3'])
  begun.get('/3')?.end('three')
  await expect.poll(received).toMatch(/one.*two.*three/s)
})

it('requests that wait for one whose client has left do not begin', async () => {
  const { begun, client } = await served()
  client.write(get('/1') + get('/2'))
  await expect.poll(() => begun.size).toBe(1)
  const closed = once(begun.get('/1') as ServerResponse, 'close')
  client.destroy()
  await closed
  await new Promise((resolve) => setImmediate(resolve))
  expect([...begun.keys()]).toEqual(['/1'])
})

it('a client may send any number of requests ahead, and all are served', async () => {
  const { begun, client, received } = await served()
  const paths = Array.from({ length: 500 }, (_, i) => `/${i}`)
  client.write(paths.map(get).join(''))
  for (const path of paths) {
    await expect.poll(() => begun.has(path), { interval: 1 }).toBe(true)
    begun.get(path)?.end(`answer to ${path}.`)
  }
  await expect.poll(received).toContain('answer to /499.')
  expect(received().match(/answer to/g)).toHaveLength(500)
})

it('what follows a refused request in one piece is not served', async () => {
  const { begun, client, received } = await served()
  const closed = once(client, 'close')
  client.write(`GET /nameless HTTP/1.1\r\n\r\n${get('/next')}`)
  await closed
  expect([[...begun.keys()], received()]).toEqual([[], expect.stringContaining('TCN_HTTP_HEADER')])
})

it('what follows bytes that are no HTTP is not served', async () => {
  const { begun, client, received } = await served()
  const closed = once(client, 'close')
  client.write(`no request\r\n\r\n${get('/next').repeat(1000)}`)
  await closed
  expect(begun.size).toBe(0)
  expect(received().match(/TCN_HTTP_SYNTAX/g)).toHaveLength(1)
})

it('a long body arrives whole while its reader takes its time', async () => {
  const { begun, client } = await served()
  const body = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251))
  client.write(`POST /body HTTP/1.1\r\nHost: hub\r\nContent-Length: ${body.length}\r\n\r\n`)
  client.write(body)
  await expect.poll(() => begun.size).toBe(1)
  const chunks: Buffer[] = []
  for await (const chunk of (begun.get('/body') as ServerResponse).req) {
    chunks.push(chunk)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(Buffer.concat(chunks).equals(body)).toBe(true)
})

it('the bytes behind an offer to upgrade go to the other protocol, in order', async () => {
  const heads: string[] = []
  const { client } = await served((_request, socket, head) => {
    heads.push(head.toString())
    socket.on('end', () => socket.end())
    socket.on('data', (bytes: Buffer) => heads.push(bytes.toString()))
  })
  const offer = 'GET / HTTP/1.1\r\nHost: hub\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'
  const behind = Array.from({ length: 20_000 }, (_, i) => `${i},`).join('')
  client.write(offer + behind)
  await expect.poll(() => heads.join('')).toBe(behind)
})

it('what one connection has sent is not in the memory of what another sends', async () => {
  const messages: string[] = []
  const sockets = new WebSocketServer({ noServer: true })
  const { port } = await served((request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (each) =>
      each.on('message', (data) => void messages.push(data.toString())),
    ),
  )
  const clients = await Promise.all(Array.from({ length: 20 }, () => connected(port)))
  const upgrade = [
    ...['GET / HTTP/1.1', 'Host: hub', 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''],
  ].join('\r\n')
  // A frame with the key 0, so that the text is sent as it is.
  const frame = (text: string) => `${upgrade}\x81${String.fromCharCode(0x80 + text.length)}\0\0\0\0${text}`
  const sent = clients.map((client, n) => {
    const text = `message of client ${n}`
    return { client, text, bytes: Buffer.from(frame(text), 'latin1') }
  })
  const length = Math.max(...sent.map(({ bytes }) => bytes.length))
  // Each connection gets a few bytes before any gets more.
  for (let at = 0; at < length; at += 7) {
    await Promise.all(
      sent.map(({ client, bytes }) => new Promise((done) => client.write(bytes.subarray(at, at + 7), done))),
    )
    await new Promise((done) => setImmediate(done))
  }
  await expect.poll(() => messages.sort()).toEqual(sent.map(({ text }) => text).sort())
})

it('requests that wait to be parsed are not in the memory of what others send', async () => {
  const { begun, client, port } = await served()
  const paths = Array.from({ length: 100 }, (_, n) => `/first-${n}`)
  client.write(paths.map(get).join(''))
  await expect.poll(() => begun.size).toBe(1)
  const other = await connected(port)
  other.write(get(`/${'x'.repeat(8000)}`))
  await expect.poll(() => begun.size).toBe(2)
  for (const path of paths) {
    await expect.poll(() => begun.has(path)).toBe(true)
    begun.get(path)?.end('done')
  }
})

async function connected(port: number): Promise<Socket> {
  const client = connect(port, '127.0.0.1')
  await once(client, 'connect')
  onTestFinished(() => void client.destroy())
  return client
}
