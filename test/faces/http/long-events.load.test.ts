import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type HttpFixture, startHttpFixture } from './fixture.js'
import { openStream } from './sse-driver.js'
import { openWebSocket, rawSocket } from './websocket-driver.js'

const MiB = 1024 * 1024

let hub: HttpFixture
beforeEach(async () => {
  hub = await startHttpFixture()
})
afterEach(() => hub.close())

const asAdmin = { authorization: 'Bearer admin' }
const long = 'ä'.repeat(2 * MiB)
const subscribers = () => [...hub.bus.subscriptions]

/** Waits until the condition is true. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** What waits in the hub for the only subscriber, when it has not changed for many turns. */
async function settledPending(): Promise<number> {
  let pending = -1
  for (let turns = 0; turns < 100; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    const [{ pending: now }] = subscribers()
    if (now !== pending) turns = 0
    pending = now
  }
  return pending
}

/** The subjects and the lengths of the data of the next events. */
async function take(next: () => Promise<Record<string, unknown> | undefined>, count: number) {
  const events: string[] = []
  while (events.length < count) {
    const event = await next()
    if (event === undefined) throw new Error(`ended after ${events}`)
    if (event.subject !== undefined) events.push(`${event.subject} ${String(event.data).length}`)
  }
  return events
}

function emitMixed(): void {
  hub.bus.emit({ tag: 'before', data: 'x' })
  hub.bus.emit({ tag: 'long', data: long })
  hub.bus.emit({ tag: 'between', data: 'xx' })
  hub.bus.emit({ tag: 'many', data: new Array(20_000).fill(1) })
  hub.bus.emit({ tag: 'after', data: 'xxx' })
}

const MIXED = ['before 1', `long ${long.length}`, 'between 2', 'many 39999', 'after 3']

async function openSse(from = '') {
  const reader = await openStream(`${hub.url}/v1/stream?filter=!hub/*${from}`, asAdmin)
  const next = async () => {
    const block = await reader.next()
    return block && (block.event === undefined && block.data ? JSON.parse(block.data) : {})
  }
  return { reader, next }
}

async function openCloudEvents(from = '') {
  const messages = await openWebSocket(`${hub.url}/v1/ws?filter=!hub/*${from}`, 'cloudevents.json', asAdmin)
  return { messages, next: () => messages.json() }
}

async function openRecords() {
  const messages = await openWebSocket(`${hub.url}/v1/ws`, 'tocsin.v1+json', asAdmin)
  const send = (record: object) => messages.socket.send(JSON.stringify(record))
  send({ op: 'hello', version: 1 })
  return { messages, send }
}

describe('long events', () => {
  it.each([
    ['server-sent events', openSse],
    ['CloudEvents over a WebSocket', openCloudEvents],
  ])('arrive whole and in order among others, live and from the log: %s', async (_what, open) => {
    const live = await open()
    await until(() => subscribers()[0]?.state === 'live')
    emitMixed()
    expect(await take(live.next, 5)).toEqual(MIXED)
    const late = await open('&from=start')
    expect(await take(late.next, 5)).toEqual(MIXED)
  })

  it('arrive as records over a WebSocket, and answers come after what is being written', async () => {
    const { messages, send } = await openRecords()
    send({ op: 'subscribe', id: 1, filters: ['!hub/*'] })
    await until(() => subscribers()[0]?.state === 'live')
    rawSocket(messages.socket).pause()
    hub.bus.emit({ tag: 'long', data: 'x'.repeat(16 * MiB) })
    await settledPending()
    for (let id = 2; id < 12; id++) send({ op: 'request', id, method: 'hub.unknown', params: {} })
    rawSocket(messages.socket).resume()
    const seen: unknown[] = []
    while (seen.length < 11) {
      const { op, id } = (await messages.json())!
      if (op === 'event' || (op === 'reply' && (id as number) > 1)) seen.push(id ?? op)
    }
    expect(seen).toEqual(['event', 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  })

  it('are hardly in memory while a reader does not read', async () => {
    const response = await new Promise<IncomingMessage>((resolve) =>
      get(`${hub.url}/v1/stream`, { headers: asAdmin, agent: false }, resolve),
    )
    response.pause()
    await until(() => subscribers()[0]?.state === 'live')
    // Six times as long in JSON.
    hub.bus.emit({ tag: 'long', data: '\u0000'.repeat(8 * MiB) })
    expect(await settledPending()).toBeLessThan(MiB)
    response.destroy()
    await until(() => subscribers().length === 0)
  })

  it('end with the stream, without a part of the event that readers would take for all of it', async () => {
    const { reader, next } = await openSse()
    await until(() => subscribers()[0]?.state === 'live')
    hub.bus.emit({ tag: 'first', data: 1 })
    expect(await take(next, 1)).toEqual(['first 1'])
    reader.response.pause()
    hub.bus.emit({ tag: 'long', data: 'x'.repeat(16 * MiB) })
    await settledPending()
    const closing = hub.bus.close()
    reader.response.resume()
    await once(reader.response, 'close')
    await closing
    expect(reader.blocks).toEqual([])
    expect(reader.response.complete).toBe(true)
  })

  it('are cut off when a WebSocket is closed, with the reason', async () => {
    const { messages, next } = await openCloudEvents()
    await until(() => subscribers()[0]?.state === 'live')
    hub.bus.emit({ tag: 'first', data: 1 })
    expect(await take(next, 1)).toEqual(['first 1'])
    rawSocket(messages.socket).pause()
    hub.bus.emit({ tag: 'long', data: 'x'.repeat(16 * MiB) })
    await settledPending()
    const closing = hub.bus.close()
    rawSocket(messages.socket).resume()
    expect(await messages.closed()).toEqual({ code: 1001, reason: 'STOP' })
    expect(messages.socket.readyState).toBe(WebSocket.CLOSED)
    await closing
  })
})

/** Asks without reading the answer. */
function ask(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve) =>
    get(`${hub.url}${path}`, { headers: { ...asAdmin, ...headers }, agent: false }, resolve),
  )
}

async function textOf(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await response.toArray()).toString()
}

describe('answers with long events', () => {
  const lines = { accept: 'application/x-ndjson' }

  it('are the same in steps as those with short events', async () => {
    emitMixed()
    const events: Record<string, unknown>[] = []
    const pages: Record<string, unknown>[] = []
    for (let from = 'start'; from !== undefined; from = pages.at(-1)!.next as string) {
      const response = await ask(`/v1/events?filter=!hub/*&from=${encodeURIComponent(from)}`)
      expect(response.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
      })
      const page = JSON.parse(await textOf(response))
      pages.push(page)
      events.push(...page.events)
    }
    const found = events.map(({ subject, data }) => `${subject} ${String(data).length}`)
    expect(found).toEqual(MIXED)
    expect(pages.at(-1)).toEqual({ events: expect.any(Array), cursor: events.at(-1)!.id, gaps: [] })
    const read = (await textOf(await ask('/v1/events?filter=!hub/*', lines))).split('\n')
    expect(read.pop()).toBe('')
    expect(read.map((line) => JSON.parse(line))).toEqual(events)
    for (const event of events)
      expect(JSON.parse(await textOf(await ask(`/v1/events/${event.id}`)))).toEqual(event)
  })

  it('need nothing but headers for HEAD', async () => {
    emitMixed()
    const response = await hub.fetch('admin', '/v1/events', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  })
})

describe('results with long events', () => {
  it('are the same in steps, over HTTP and a WebSocket', async () => {
    emitMixed()
    const { messages, send } = await openRecords()
    for (const [index, [method, params]] of [
      ['events.get', { cursor: '@2' }],
      ['events.read', { filters: ['!hub/*'], limit: 2 }],
    ].entries()) {
      const body = JSON.stringify(params)
      const headers = { 'content-type': 'application/json' }
      const answer = await hub.fetch('admin', `/v1/${method}`, { method: 'POST', body, headers })
      const result = (await answer.json()) as { event?: { data: string }; events?: { data: string }[] }
      send({ op: 'request', id: index + 1, method, params })
      let record = await messages.json()
      while (record?.op !== 'reply') record = await messages.json()
      expect(record).toEqual({ op: 'reply', id: index + 1, result })
      if (index === 0) expect(result.event!.data).toBe(long)
    }
  })
})
