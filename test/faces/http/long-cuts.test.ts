import { getEventListeners, once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { EventSource } from 'eventsource'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../../../src/access/identify.js'
import { LongWriter } from '../../../src/incremental/long-writer.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'
import { openStream } from './sse-driver.js'
import { openWebSocket, rawSocket } from './websocket-driver.js'

const MiB = 1024 * 1024
/** What a socket takes without anybody who reads is much less. */
const LONG = 'x'.repeat(16 * MiB)

let hub: HttpFixture
/** Ends the token `revoked`. */
let revoked: AbortController
const stopped = vi.spyOn(LongWriter.prototype, 'stop')

beforeEach(async () => {
  revoked = new AbortController()
  const identify = ({ token }: { token?: string }): Identity => {
    const principal = hub.access.principal('admin')
    return token === 'revoked' ? { principal, ended: revoked.signal } : { principal }
  }
  hub = await startHttpFixture({ server: { identify } })
  stopped.mockClear()
})
afterEach(() => hub.close())

const as = (token: string) => ({ authorization: `Bearer ${token}` })
const subscribers = () => [...hub.bus.subscriptions]
/** The one that came last. */
const newest = () => subscribers().at(-1)
/** Waits until one more than that is live. */
const isLive = (before: number) =>
  expect.poll(() => subscribers().length > before && newest()?.state === 'live').toBe(true)

/** A client that has a part of a long event, and reads no more. */
interface Cut {
  leave(): void
  resume(): void
  /** Resolves when the connection is closed. */
  closed: Promise<unknown>
  /** All text that has come. */
  seen(): string
}

async function readStream(): Promise<Cut> {
  const before = subscribers().length
  const request = get(`${hub.url}/v1/stream`, { headers: as('revoked'), agent: false })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  response.on('data', (part: Buffer) => parts.push(part)).on('error', () => {})
  const closed = once(response, 'close')
  await isLive(before)
  response.pause()
  return {
    leave: () => response.destroy(),
    resume: () => void response.resume(),
    closed,
    seen: () => Buffer.concat(parts).toString(),
  }
}

async function readSocket(protocol: string, hello?: object[]): Promise<Cut> {
  const before = subscribers().length
  const { socket } = await openWebSocket(`${hub.url}/v1/ws`, protocol, as('revoked'))
  const texts: string[] = []
  socket.on('message', (data) => texts.push(data.toString()))
  const closed = once(socket, 'close')
  for (const record of hello ?? []) socket.send(JSON.stringify(record))
  await isLive(before)
  const raw = rawSocket(socket)
  raw.pause()
  return { leave: () => socket.terminate(), resume: () => raw.resume(), closed, seen: () => texts.join('') }
}

const records = [
  { op: 'hello', version: 1 },
  { op: 'subscribe', id: 1, filters: [] },
]

const ways: [string, () => Promise<Cut>][] = [
  ['server-sent events', readStream],
  ['CloudEvents over a WebSocket', () => readSocket('cloudevents.json')],
  ['records over a WebSocket', () => readSocket('tocsin.v1+json', records)],
]

/** Publishes a long event, and waits until the hub writes no more of it. */
async function fill(): Promise<void> {
  hub.bus.emit({ tag: 'long', data: LONG })
  let before = -1
  for (let turns = 0; turns < 200; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    const pending = newest()?.pending ?? 0
    if (pending !== before) turns = 0
    before = pending
  }
  expect(before).toBeGreaterThan(0)
}

describe.each(ways)('in the middle of a long event, %s', (_what, open) => {
  it('end when the peer disconnects, and no more of the event is made', async () => {
    const peer = await open()
    await fill()
    peer.leave()
    await expect.poll(() => subscribers().length).toBe(0)
    expect(stopped).toHaveBeenCalled()
    await expect.poll(() => getEventListeners(revoked.signal, 'abort')).toEqual([])
  })

  it('end when the token is revoked, and others receive what they should', async () => {
    const other = await openStream(`${hub.url}/v1/stream?filter=short`, as('other'))
    while ((await other.next())?.event !== 'live');
    const peer = await open()
    expect(subscribers().length).toBe(2)
    await fill()
    revoked.abort()
    await expect.poll(() => subscribers().length).toBe(1)
    hub.bus.emit({ tag: 'short', data: 1 })
    expect((await other.next())?.data).toContain('"short"')
    peer.resume()
    await peer.closed
    expect(peer.seen()).not.toContain(LONG)
    expect(stopped).toHaveBeenCalled()
    expect(getEventListeners(revoked.signal, 'abort')).toEqual([])
    other.response.destroy()
  })

  it('do not hold up a hub that stops, though the peer never reads', async () => {
    const peer = await open()
    await fill()
    await hub.bus.close()
    expect(subscribers()).toEqual([])
    expect(stopped).toHaveBeenCalled()
    peer.leave()
    await expect.poll(() => hub.server.connections).toBe(0)
  })
})

/** Passes connections on to the hub. The first is cut off after so many bytes. */
async function cutting(bytes: number): Promise<{ url: string; close(): void }> {
  const sockets: Socket[] = []
  const server = createServer((client) => {
    const isFirst = sockets.length === 0
    const upstream = connect(hub.port, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.push(socket.on('error', () => {}))
    client.pipe(upstream)
    let passed = 0
    upstream.on('data', (data) => {
      passed += data.length
      client.write(data)
      if (isFirst && passed > bytes) for (const socket of [client, upstream]) socket.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

describe('Last-Event-ID and long events', () => {
  it('a browser that was cut off in a long event receives all of it, and each event once', async () => {
    const proxy = await cutting(4 * MiB)
    const sent: (string | undefined)[] = []
    const source = new EventSource(`${proxy.url}/v1/stream?filter=!hub/*`, {
      fetch: (url, init) => {
        const headers = { ...init?.headers, ...as('other') } as Record<string, string>
        sent.push(headers['Last-Event-ID'])
        return fetch(url, { ...init, headers })
      },
    })
    const messages: string[] = []
    source.onmessage = ({ lastEventId, data }) => {
      messages.push(`${lastEventId} ${JSON.parse(data).data.length}`)
    }
    await once(source as never, 'live')
    for (const data of ['a', LONG, 'bb']) hub.bus.emit({ tag: 'n', data })
    const { epoch } = hub.bus
    await expect
      .poll(() => messages, { timeout: 30_000 })
      .toEqual([`${epoch}-1 1`, `${epoch}-2 ${LONG.length}`, `${epoch}-3 2`])
    expect(sent).toEqual([undefined, `${epoch}-1`])
    source.close()
    proxy.close()
  })

  it('a stream after the id of a long event goes on with the next one, without making its text', async () => {
    for (const data of ['a', LONG, 'bb']) hub.bus.emit({ tag: 'n', data })
    const { epoch } = hub.bus
    const reader = await openStream(`${hub.url}/v1/stream`, { ...as('other'), 'last-event-id': `${epoch}-2` })
    await reader.next()
    expect(await reader.next()).toMatchObject({ id: `${epoch}-3` })
    expect(reader.raw.length).toBeLessThan(1000)
    reader.response.destroy()
  })

  it('what follows a long event comes after all of it', async () => {
    const reader = await openStream(`${hub.url}/v1/stream?filter=n`, as('other'))
    while ((await reader.next())?.event !== 'live');
    hub.bus.emit({ tag: 'n', data: 'x'.repeat(MiB) })
    hub.bus.emit({ tag: 'other', data: 1 })
    const { epoch } = hub.bus
    expect((await reader.next())?.id).toBe(`${epoch}-1`)
    const next = reader.next()
    hub.bus.emit({ tag: 'n', data: 'end' })
    expect((await next)?.id).toBe(`${epoch}-3`)
    reader.response.destroy()
  })
})
