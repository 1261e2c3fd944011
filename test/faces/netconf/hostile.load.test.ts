import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { dialSsh } from '../../../src/protocols/netconf/client/ssh.js'
import type { NetconfTransport } from '../../../src/protocols/netconf/client/transport.js'
import { createSubscription, dialOptions, hostKeyOf, NetconfClient, portOf } from './fixture.js'

/** Its types have only what the program uses. */
const { Client } = createRequire(import.meta.url)('ssh2')

let hub: TestHub
let token = ''
const open: { destroy(): void }[] = []

// None of what follows may change how others are served.
beforeAll(async () => {
  hub = await startTestHub({
    config: { principals: { ann: { see: '*' } }, listen: { netconf: '127.0.0.1:0' } },
  })
  token = (await hub.hub.access.tokens.add({ name: 'ann', principal: 'ann' })).token
})

afterEach(() => {
  for (const each of open.splice(0)) each.destroy()
})
afterAll(() => hub.close())

/** A login without a session: what the client sends is up to the test. */
async function logIn(): Promise<NetconfTransport & { received(): string; ended: Promise<unknown> }> {
  const login = { user: 'ann', password: token, hostKeys: [hostKeyOf(hub)] }
  const transport = await dialSsh(login, dialOptions(portOf(hub)))
  open.push(transport)
  let text = ''
  transport.stream.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  transport.stream.on('error', () => {})
  const ended = new Promise((resolve) => transport.stream.once('close', resolve))
  return { ...transport, received: () => text, ended }
}

const HELLO =
  '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>]]>]]>'
const GET = '<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"><get/></rpc>]]>]]>'
const rpc = (content: string) =>
  `<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1">${content}</rpc>]]>]]>`

/** Another client is served all the while. */
async function othersAreServed(): Promise<void> {
  const client = await NetconfClient.logIn(hub, { user: 'ann', password: token })
  open.push({ destroy: () => client.drop() })
  expect(await client.refusal(createSubscription())).toBe('ok')
}

it.each([
  ['16,000 levels', rpc(`${'<a>'.repeat(16_000)}${'</a>'.repeat(16_000)}`), 'malformed-message'],
  ['a DOCTYPE', `<!DOCTYPE rpc [<!ENTITY a "b">]>${rpc('<get/>')}`, 'malformed-message'],
  ['an entity that is not defined', rpc('<get>&a;</get>'), 'malformed-message'],
  ['what is no XML', 'get]]>]]>', 'malformed-message'],
  ['more bytes than a request has', rpc(`<get>${'x'.repeat(300_000)}</get>`), 'too-big'],
  ['100,000 elements', rpc(`<get>${'<a/>'.repeat(60_000)}</get>`), undefined],
])('a request with %s ends its session at most, with an error', async (_, text, tag) => {
  const client = await logIn()
  client.stream.write(HELLO + text)
  if (tag === undefined) await expect.poll(client.received).toContain('rpc-reply')
  else {
    await client.ended
    expect(client.received()).toContain(`<error-tag>${tag}</error-tag>`)
  }
  await othersAreServed()
})

it('a message of 16 MB is not collected, and ends its session before it is complete', async () => {
  const client = await logIn()
  client.stream.write(`${HELLO}<rpc>`)
  const part = Buffer.alloc(64 * 1024, 'x')
  let sent = 0
  let isOver = false
  void client.ended.then(() => {
    isOver = true
  })
  while (!isOver && sent < 16 * 1024 * 1024) {
    sent += part.length
    const isTaken = client.stream.write(part)
    await new Promise<void>((go) => setImmediate(go))
    if (!isTaken) await Promise.race([client.ended, once(client.stream, 'drain')])
  }
  await client.ended
  expect(client.received()).toContain('too-big')
  await othersAreServed()
})

it.each([
  ['no hello', GET],
  ['a hello with a session-id', HELLO.replace('</hello>', '<session-id>1</session-id></hello>')],
  ['a hello without a known base', HELLO.replaceAll('base:1.0<', 'base:9.9<')],
  ['a chunk that is none', `${HELLO.replace('base:1.0<', 'base:1.1<')}\n#0\n`],
  ['a chunk of 10 GB', `${HELLO.replace('base:1.0<', 'base:1.1<')}\n#9999999999\n`],
])('%s ends the session', async (_, text) => {
  const client = await logIn()
  client.stream.write(text)
  await client.ended
  expect(client.received()).toContain('<hello')
  await othersAreServed()
})

it('connections that say nothing, or no SSH, make room for those that log in', async () => {
  const sockets: Socket[] = []
  const port = portOf(hub)
  for (let n = 0; n < 200; n++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
    if (n % 3 === 1) socket.write('GET / HTTP/1.1\r\n\r\n')
    if (n % 3 === 2) socket.write('SSH-2.0-x\r\n\0\0\0\0garbage')
  }
  open.push(...sockets)
  await Promise.all(sockets.map((socket) => socket.connecting && once(socket, 'connect')))
  await othersAreServed()
})

it('a client that asks and does not read is no longer read from, and gets all answers in the end', async () => {
  const client = await logIn()
  client.stream.write(HELLO)
  await expect.poll(client.received).toContain('</hello>')
  client.stream.pause()
  const long = GET.replace('<get/>', `<get>${' '.repeat(100_000)}</get>`)
  let sent = 0
  for (; client.stream.writableLength < 1024 * 1024; sent++) {
    for (let small = 0; small < 99; small++, sent++) client.stream.write(GET)
    client.stream.write(long)
    await new Promise<void>((go) => setImmediate(go))
  }
  await othersAreServed()
  expect(client.stream.writableLength).toBeGreaterThan(0)
  client.stream.resume()
  await expect.poll(() => client.received().split('</rpc-reply>').length - 1).toBe(sent)
})

it('six wrong passwords end the connection', async () => {
  const client = new Client()
  const errors: string[] = []
  client.on('error', ({ message }: Error) => errors.push(message))
  const ended = new Promise((resolve) => client.on('close', resolve))
  client.connect({
    ...{ host: '127.0.0.1', port: portOf(hub), username: 'ann', password: 'guess' },
    authHandler: Array(8).fill('password'),
  })
  await ended
  expect(errors).not.toContain('All configured authentication methods failed')
  await othersAreServed()
})

/** A client of SSH that sends whatever the test says, and does not read what comes. */
async function greeted(): Promise<{ client: typeof Client; ended: Promise<void> }> {
  const client = new Client()
  client.on('error', () => {})
  const ended = new Promise<void>((resolve) => client.on('close', () => resolve()))
  const greeting = once(client, 'handshake')
  // Nothing more is asked until the test does.
  const authHandler = () => {}
  client.connect({ host: '127.0.0.1', port: portOf(hub), username: 'ann', authHandler })
  open.push({ destroy: () => client.destroy() })
  await greeting
  return { client, ended }
}

it('each request of a login is an attempt, also one that only asks for the methods', async () => {
  const { client, ended } = await greeted()
  for (let n = 0; n < 1000; n++) client._protocol.authNone('ann')
  await ended
  await othersAreServed()
})

it('a stranger that does not read its answers is not read from either', async () => {
  const { client } = await greeted()
  client._sock.pause()
  while (client._sock.writableLength < 4 * 1024 * 1024) {
    if (client._sock.destroyed) break
    for (let n = 0; n < 1000; n++) client._protocol.ping()
    await new Promise<void>((go) => setImmediate(go))
  }
  await othersAreServed()
})

it('a client that sends more than the window of its channel is disconnected', async () => {
  const client = await logIn()
  const { outgoing, _client } = client.stream as never as Record<string, Record<string, unknown>>
  outgoing.window = Infinity
  expect(_client).toBeDefined()
  client.stream.write(HELLO)
  const part = Buffer.from(GET.replace('<get/>', `<get>${' '.repeat(30_000)}</get>`))
  let isOver = false
  void client.ended.then(() => {
    isOver = true
  })
  while (!isOver) {
    for (let n = 0; n < 100; n++) client.stream.write(part)
    await new Promise<void>((go) => setImmediate(go))
  }
  await othersAreServed()
})
