import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { EventSource } from 'eventsource'
import { afterEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../../src/access/identify.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'
import { openStream } from './sse-driver.js'

let hub: HttpFixture
afterEach(() => hub.close())

const asAdmin = { authorization: 'Bearer admin' }
const emit = (tag: string, data: unknown) => hub.bus.emit({ tag, data })
/** Sends the request unchanged and returns the answer as soon as it matches. */
async function exchange(request: string, until: RegExp): Promise<string> {
  const socket = connect(hub.port, '127.0.0.1')
  socket.setEncoding('utf8').on('error', () => {})
  socket.write(request)
  let answer = ''
  for await (const text of socket) {
    answer += text
    if (until.test(answer)) break
  }
  return answer
}

describe('a stream of server-sent events', () => {
  it('begins with the delay before a reconnection, and announces that it is live', async () => {
    hub = await startHttpFixture()
    const { epoch } = hub.bus
    const reader = await openStream(`${hub.url}/v1/stream`, asAdmin)
    const { headers } = reader.response
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    expect(await reader.next()).toEqual({})
    expect(await reader.next()).toEqual({
      event: 'live',
      id: `${epoch}-0`,
      data: JSON.stringify({ cursor: `${epoch}-0` }),
    })
    expect(reader.raw.startsWith('retry: ')).toBe(true)
  })

  it('has one line of data for each event, whatever line breaks the event contains', async () => {
    hub = await startHttpFixture()
    const reader = await openStream(`${hub.url}/v1/stream`, asAdmin)
    while ((await reader.next())?.event !== 'live');
    const data = { 'a\r\nid: x': 'b\n\nevent: gap\rdata: c\u2028\u0000' }
    emit('odd', data)
    const block = await reader.next()
    expect(block).toEqual({ id: `${hub.bus.epoch}-1`, data: expect.any(String) })
    expect(JSON.parse(block?.data ?? '')).toMatchObject({ specversion: '1.0', subject: 'odd', data })
    expect(reader.raw).not.toContain('\r')
  })

  it('continues after Last-Event-ID, which takes precedence over from', async () => {
    hub = await startHttpFixture()
    for (let n = 1; n <= 3; n++) emit('n', n)
    const reader = await openStream(`${hub.url}/v1/stream?from=start`, {
      ...asAdmin,
      'last-event-id': `${hub.bus.epoch}-2`,
    })
    await reader.next()
    expect(await reader.next()).toMatchObject({ id: `${hub.bus.epoch}-3` })
  })

  it('ends when the token is no longer valid', async () => {
    const over = new AbortController()
    const identity: Identity = { principal: { name: 'admin', source: '' }, ended: over.signal }
    hub = await startHttpFixture({ server: { identify: () => identity } })
    const reader = await openStream(`${hub.url}/v1/stream`, {})
    while ((await reader.next())?.event !== 'live');
    over.abort()
    expect(await reader.next()).toMatchObject({
      event: 'end',
      data: expect.stringContaining('TCN_ACCESS_TOKEN'),
    })
    expect(await reader.next()).toBeUndefined()
    expect([...hub.bus.subscriptions]).toEqual([])
  })

  it('is refused with the code of the problem before any part of it is sent', async () => {
    hub = await startHttpFixture()
    const open = (query: string, headers: Record<string, string> = asAdmin) =>
      openStream(`${hub.url}/v1/stream?${query}`, headers)
    await expect(open('', {})).rejects.toMatchObject({ code: 'TCN_ACCESS_NO_TOKEN' })
    await expect(open('from=sometime')).rejects.toMatchObject({ code: 'TCN_RANGE_INVALID' })
    await expect(open('lag=never')).rejects.toMatchObject({ code: 'TCN_HTTP_QUERY' })
    await expect(open('filters=a')).rejects.toMatchObject({ code: 'TCN_HTTP_QUERY' })
    await expect(open('', { ...asAdmin, 'last-event-id': 'x y' })).rejects.toMatchObject({
      code: 'TCN_RANGE_INVALID',
    })
  })

  it('accepts filter and where together', async () => {
    hub = await startHttpFixture()
    emit('a/1', { n: 1 })
    emit('a/2', { n: 2 })
    emit('b/1', { n: 2 })
    const query = new URLSearchParams({ filter: 'a/*', where: 'data.n = 2', from: 'start', to: 'end' })
    const reader = await openStream(`${hub.url}/v1/stream?${query}`, asAdmin)
    await reader.next()
    expect(await reader.next()).toMatchObject({ id: `${hub.bus.epoch}-2` })
    expect(await reader.next()).toMatchObject({ event: 'end', data: expect.stringContaining('END') })
  })

  it('has no chunks over HTTP/1.0', async () => {
    hub = await startHttpFixture()
    emit('n', 1)
    const answer = await exchange(
      'GET /v1/stream?from=start&to=end HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer admin\r\n\r\n',
      /event: end\n.*\n\n/,
    )
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(answer.split('\r\n\r\n')[1]).toMatch(/^retry: \d+\n\nid: .*\ndata: .*\n\nevent: end\n/)
  })

  it('does not mix with a second stream requested on the same connection', async () => {
    hub = await startHttpFixture()
    const request = (tag: string) =>
      `GET /v1/stream?filter=${tag} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer admin\r\n\r\n`
    const coming = exchange(request('a') + request('b'), /"subject":"a"/)
    while (![...hub.bus.subscriptions].some(({ state }) => state === 'live')) {
      await new Promise((go) => setImmediate(go))
    }
    emit('b', 1)
    emit('a', 2)
    const answer = await coming
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1)
    expect(answer).not.toContain('"subject":"b"')
  })

  it('counts as a connection until it ends', async () => {
    hub = await startHttpFixture({ limits: { connections: 1 } })
    const reader = await openStream(`${hub.url}/v1/stream`, asAdmin)
    await reader.next()
    const answer = () => exchange('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n', /\r\n\r\n/)
    expect(await answer()).toMatch(/^HTTP\/1.1 503 /)
    reader.response.destroy()
    await expect.poll(answer).toMatch(/^HTTP\/1.1 200 /)
  })

  it('answers HEAD without a stream', async () => {
    hub = await startHttpFixture()
    const answer = await hub.fetch('admin', '/v1/stream', { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect([...hub.bus.subscriptions]).toEqual([])
  })
})

describe('programs that read streams', () => {
  it('EventSource: events fire onmessage, and after an interruption it resumes where it was', async () => {
    hub = await startHttpFixture()
    const sent: (string | undefined)[] = []
    const source = new EventSource(`${hub.url}/v1/stream`, {
      fetch: (url, init) => {
        const headers = { ...init?.headers, ...asAdmin } as Record<string, string>
        sent.push(headers['Last-Event-ID'])
        return fetch(url, { ...init, headers })
      },
    })
    const messages: string[] = []
    let wake = () => {}
    source.onmessage = ({ lastEventId }) => {
      messages.push(lastEventId)
      wake()
    }
    const seen = async (count: number) => {
      while (messages.length < count) await new Promise<void>((resolve) => (wake = resolve))
    }
    await once(source as never, 'live')
    emit('n', 1)
    await seen(1)
    // The second event is published after the connection has broken, while there is none.
    const [subscription] = [...hub.bus.subscriptions]
    const broken = once(source as never, 'error')
    subscription.end('TCN_BUS_LAG', 'for this test')
    await broken
    emit('n', 2)
    await seen(2)
    source.close()
    expect(messages).toEqual([`${hub.bus.epoch}-1`, `${hub.bus.epoch}-2`])
    expect(sent).toEqual([undefined, `${hub.bus.epoch}-1`])
  })

  it('curl -N shows each event when it arrives', async () => {
    hub = await startHttpFixture()
    const curl = spawn('curl', ['-sN', '-H', 'Authorization: Bearer admin', `${hub.url}/v1/stream?filter=n`])
    let shown = ''
    curl.stdout.on('data', (text) => {
      shown += text
    })
    const shows = async (text: string) => {
      while (!shown.includes(text)) await once(curl.stdout, 'data')
    }
    await shows('event: live')
    emit('n', 'first')
    await shows('"data":"first"')
    emit('n', 'second')
    await shows('"data":"second"')
    const exited = once(curl, 'close')
    await hub.close()
    expect(await exited).toEqual([0, null])
    expect(shown).toMatch(/event: end\ndata: .*"STOP".*\n\n$/)
  })
})
