import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { rawSocket } from '../../http/websocket-driver.js'
import { type RestFixture, startRest } from './fixture.js'

const MiB = 1024 * 1024
const READY = 'websocket client ready'
const STAMP = '2026-11-20T04:42:33.603103'
const long = { n: 'ä"\u0001'.repeat(MiB / 2), f: 1, _stamp: STAMP }
const many = { list: new Array(20_000).fill(1), _stamp: STAMP }
const small = { _stamp: STAMP }

let rest: RestFixture
beforeEach(async () => {
  rest = await startRest()
})
afterEach(() => rest.close())

const subscribers = () => [...rest.hub.bus.subscriptions].filter(({ label }) => label?.startsWith('salt-api'))
const isLive = () => expect.poll(() => subscribers()[0]?.state).toBe('live')
const isAlone = () => expect.poll(() => subscribers().length).toBe(0)

/** The event as Python writes it. */
function json(tag: string, data: unknown): string {
  const spaced = JSON.stringify(data, (_key, value) => value)
    .replaceAll('":', '": ')
    .replaceAll(',"', ', "')
    .replaceAll('1,1', '1, 1')
    .replaceAll('1,1', '1, 1')
  return `{"data": ${spaced}, "tag": "${tag}"}`
}

/** Waits until what waits in the hub for the only subscriber has not changed for many turns. */
async function settledPending(): Promise<number> {
  let pending = -1
  for (let turns = 0; turns < 200; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    const [{ pending: now }] = subscribers()
    if (now !== pending) turns = 0
    pending = now
  }
  return pending
}

async function openEvents(token: string, more: Record<string, string> = {}) {
  const headers = { 'x-auth-token': token, ...more }
  const request = get(`${rest.url}/events`, { headers, agent: false })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  response.on('data', (part: Buffer) => parts.push(part)).on('error', () => {})
  return { response, text: () => Buffer.concat(parts).toString() }
}

async function openMessages(token: string) {
  const socket = new WebSocket(`${rest.url.replace('http', 'ws')}/ws/${token}`, { maxPayload: 2 ** 27 })
  const texts: string[] = []
  socket.on('message', (data) => texts.push(data.toString())).on('error', () => {})
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await once(socket, 'open')
  socket.send(READY)
  return { socket, texts, closed }
}

/** A reader that has a part of a long event. */
async function inTheMiddle(kind: 'events' | 'ws', token: string) {
  if (kind === 'ws') {
    const { socket, texts, closed } = await openMessages(token)
    await isLive()
    rawSocket(socket).pause()
    await rest.fire('long', { text: 'x'.repeat(8 * MiB) })
    await settledPending()
    const resume = () => rawSocket(socket).resume()
    return { resume, leave: () => socket.terminate(), ended: closed, seen: () => texts.slice(1).join('') }
  }
  const { response, text } = await openEvents(token)
  await isLive()
  response.pause()
  await rest.fire('long', { text: 'x'.repeat(8 * MiB) })
  await settledPending()
  const ended = once(response, 'close')
  return { resume: () => response.resume(), leave: () => response.destroy(), ended, seen: text }
}

describe('long events of salt-api', () => {
  it('arrive whole and in order among others on /events, live and from the log', async () => {
    const token = await rest.login()
    const live = await openEvents(token)
    await isLive()
    await rest.fire('a', small)
    await rest.fire('long', long)
    await rest.fire('many', many)
    await rest.fire('b', small)
    const block = (tag: string, data: unknown) => `tag: ${tag}\ndata: ${json(tag, data)}\n\n`
    const events = [block('a', small), block('long', long), block('many', many), block('b', small)]
    const whole = `retry: 400\n${events.join('')}`
    await expect.poll(() => live.text().length, { timeout: 30_000 }).toBe(whole.length)
    expect(live.text() === whole).toBe(true)
    const late = await openEvents(token, { 'last-event-id': `${rest.hub.bus.epoch}-0` })
    await expect.poll(() => late.text().length, { timeout: 30_000 }).toBeGreaterThan(whole.length)
    expect(
      late
        .text()
        .replace(/^id: .*\n/gm, '')
        .replace(/^:\n\n/gm, '') === whole,
    ).toBe(true)
    live.response.destroy()
    late.response.destroy()
    await isAlone()
  })

  it('arrive as one message among others on /ws', async () => {
    const { socket, texts } = await openMessages(await rest.login())
    await isLive()
    await rest.fire('a', small)
    await rest.fire('long', long)
    await rest.fire('b', small)
    await expect.poll(() => texts.length, { timeout: 30_000 }).toBe(4)
    const expected = [`a`, 'long', 'b'].map((tag) => `data: ${json(tag, tag === 'long' ? long : small)}\n\n`)
    expect(texts.slice(1).join('') === expected.join('')).toBe(true)
    socket.terminate()
    await isAlone()
  })

  it('are followed by the replies to what the client says meanwhile', async () => {
    const { socket, texts } = await openMessages(await rest.login())
    await isLive()
    rawSocket(socket).pause()
    await rest.fire('long', { text: 'x'.repeat(8 * MiB) })
    await settledPending()
    socket.send('hello')
    rawSocket(socket).resume()
    await expect.poll(() => texts.length, { timeout: 30_000 }).toBe(3)
    expect(texts.map((text) => text.length > MiB)).toEqual([false, true, false])
    socket.terminate()
  })

  it('are hardly in memory while a reader does not read', async () => {
    const { response } = await openEvents(await rest.login())
    await isLive()
    response.pause()
    // Six times as long in JSON.
    await rest.fire('long', { text: '\u0000'.repeat(8 * MiB) })
    expect(await settledPending()).toBeLessThan(MiB)
    response.destroy()
    await isAlone()
  })
})

describe.each(['events', 'ws'] as const)('a long event that is cut off on /%s', (kind) => {
  it('is not made on for a reader that has disconnected', async () => {
    const reader = await inTheMiddle(kind, await rest.login())
    reader.leave()
    await isAlone()
  })

  it('ends with the login', async () => {
    const token = await rest.login()
    const reader = await inTheMiddle(kind, token)
    await rest.ask('/logout', { method: 'POST', headers: { 'x-auth-token': token } })
    await isAlone()
    reader.resume()
    await reader.ended
    expect(reader.seen()).not.toContain('"}, "tag": "long"')
  })

  it('ends when the hub stops, which waits for nobody', async () => {
    const reader = await inTheMiddle(kind, await rest.login())
    const closing = rest.hub.bus.close()
    reader.resume()
    await reader.ended
    await closing
    expect(reader.seen()).not.toContain('"}, "tag": "long"')
  })
})
