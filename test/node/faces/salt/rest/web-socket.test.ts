// Runs on each supported Node.js: WebSockets.
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type RestFixture, startRest } from '../../../../faces/salt/rest/fixture.js'

let rest: RestFixture

afterEach(() => rest.close())

interface Peer {
  socket: WebSocket
  texts: string[]
  closed: Promise<number>
}

async function open(path: string, headers: Record<string, string> = {}): Promise<Peer> {
  const socket = new WebSocket(rest.url.replace('http', 'ws') + path, { headers })
  const texts: string[] = []
  socket.on('message', (data) => texts.push(data.toString()))
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await once(socket, 'open')
  return { socket, texts, closed }
}

const READY = 'websocket client ready'
const RECEIVED = 'server received message'

it('sends events once the client is ready, and replies to every message', async () => {
  rest = await startRest()
  const { socket, texts } = await open(`/ws/${await rest.login()}`)
  await rest.fire('early', {})
  socket.send('hello')
  await expect.poll(() => texts).toEqual([RECEIVED])
  socket.send(READY)
  await expect.poll(() => texts.length).toBe(2)
  await rest.fire('a', { n: 1, b: Uint8Array.of(255), _stamp: 'x' })
  await expect
    .poll(() => texts.slice(2))
    .toEqual(['data: {"data": {"n": 1, "b": "/w==", "_stamp": "x"}, "tag": "a"}\n\n'])
  socket.send(READY)
  await expect.poll(() => texts.length).toBe(4)
  socket.close()
})

it('accepts the token in the path, header, cookie or query, and refuses invalid ones', async () => {
  rest = await startRest()
  const token = await rest.login()
  for (const [path, headers] of [
    [`/ws/${token}`, {}],
    ['/ws', { 'x-auth-token': token }],
    ['/ws', { cookie: `session_id=${token}` }],
    [`/ws?token=${token}`, {}],
  ] as const) {
    const { socket } = await open(path, { ...headers })
    socket.close()
  }
  for (const path of ['/ws', '/ws/nothex', `/ws/${'0'.repeat(40)}`]) {
    await expect(open(path)).rejects.toThrow('401')
  }
  await expect(open('/wsx')).rejects.toThrow('404')
  const statuses = [`/ws/${token}`, '/ws'].map(async (path) => (await rest.ask(path)).status)
  expect(await Promise.all(statuses)).toEqual([400, 401])
  await expect(
    open('/ws', { cookie: `session_id=${token}`, origin: 'https://evil.example' }),
  ).rejects.toThrow('401')
})

it('sends jobs and minions if they are requested', async () => {
  rest = await startRest()
  const { socket, texts } = await open(`/ws/${await rest.login()}?format_events`)
  socket.send(READY)
  await expect.poll(() => texts).toEqual([RECEIVED])
  const job = { jid: '1', fun: 'test.ping', tgt: '*', tgt_type: 'glob', minions: ['a', 'b'], _stamp: 'S' }
  await rest.fire('salt/job/1/new', job)
  await rest.fire('salt/job/1/ret/a', { return: true, retcode: 0, success: true, fun: 'test.ping' })
  await rest.fire('salt/job/1/ret/b', { return: true, retcode: 0, success: true, fun: 'test.ping' })
  await rest.fire('salt/key', { act: 'accept', id: 'a', result: true })
  await rest.fire('salt/presence/present', { present: ['a', 'c'] })
  await rest.fire('salt/job/x', 'no map')
  await rest.fire('salt/key', { act: 'delete', id: 'c', result: true })
  await expect.poll(() => texts.length).toBe(7)
  expect(texts[1]).toBe(
    '{"jobs": {"1": {"jid": "1", "start_time": "S", "minions": {"a": {"success": false}, "b": {"success": false}}, "fun": "test.ping", "tgt": "*", "tgt_type": "glob", "state": "running"}}}',
  )
  expect(JSON.parse(texts[3])).toMatchObject({ jobs: { 1: { state: 'complete' } } })
  expect(texts.slice(4)).toEqual([
    '{"minions": [{"id": "a"}]}',
    '{"minions": [{"id": "a"}, {"id": "c"}]}',
    '{"minions": [{"id": "a"}]}',
  ])
  socket.close()
})

it('ends with its session, with the hub, and for a message that is too large', async () => {
  rest = await startRest()
  const token = await rest.login()
  const [first, second] = [await open(`/ws/${token}`), await open(`/ws/${await rest.login()}`)]
  for (const { socket } of [first, second]) socket.send(READY)
  await expect.poll(() => first.texts.length).toBe(1)
  await rest.ask('/logout', { method: 'POST', headers: { 'x-auth-token': token } })
  expect(await first.closed).toBe(1008)
  const large = await open(`/ws/${await rest.login()}`)
  large.socket.send('x'.repeat(100_000))
  expect(await large.closed).toBe(1009)
  await rest.hub.stop()
  expect(await second.closed).toBe(1001)
})

it('limits the memory of a peer that floods without reading; others receive everything', async () => {
  rest = await startRest()
  const token = await rest.login()
  const flood = await open(`/ws/${token}`)
  const reader = await open(`/ws/${token}`)
  reader.socket.send(READY)
  await expect.poll(() => reader.texts.length).toBe(1)
  flood.socket.pause()
  flood.socket.send(READY)
  for (let n = 0; n < 20_000; n++) flood.socket.send('x')
  for (let n = 0; n < 200; n++) await rest.fire(`n/${n}`, { text: 'x'.repeat(1000) })
  await expect.poll(() => reader.texts.length).toBe(201)
  flood.socket.terminate()
  reader.socket.close()
})
