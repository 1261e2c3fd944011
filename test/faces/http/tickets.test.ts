import { afterEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../../src/access/identify.js'
import { TICKET_LIFE_MS, Tickets } from '../../../src/faces/http/streams/tickets.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'
import { openStream } from './sse-driver.js'
import { openWebSocket } from './websocket-driver.js'

const identity = (name: string, ended?: AbortSignal): Identity => ({
  principal: { name, source: name },
  ended,
})

describe('tickets', () => {
  it('are valid once, for the identity that requested them', () => {
    const tickets = new Tickets(new FakeRuntime())
    const me = identity('me')
    const ticket = tickets.issue(me)
    expect(tickets.take(ticket)).toBe(me)
    expect(() => tickets.take(ticket)).toThrow(expect.objectContaining({ code: 'TCN_TICKET_INVALID' }))
  })

  it('expire after a minute, or when the credentials behind them are no longer valid', () => {
    const runtime = new FakeRuntime()
    const tickets = new Tickets(runtime)
    const late = tickets.issue(identity('me'))
    runtime.advance(TICKET_LIFE_MS)
    expect(() => tickets.take(late)).toThrow(expect.objectContaining({ code: 'TCN_TICKET_INVALID' }))
    const revoked = new AbortController()
    const orphan = tickets.issue(identity('me', revoked.signal))
    revoked.abort()
    expect(() => tickets.take(orphan)).toThrow(expect.objectContaining({ code: 'TCN_TICKET_INVALID' }))
  })

  it('are limited for each principal, so that none can keep others from getting one', () => {
    const runtime = new FakeRuntime()
    const tickets = new Tickets(runtime)
    for (let n = 0; n < 100; n++) tickets.issue(identity('greedy'))
    expect(() => tickets.issue(identity('greedy'))).toThrow(
      expect.objectContaining({ code: 'TCN_HTTP_TOO_MANY' }),
    )
    tickets.issue(identity('modest'))
    runtime.advance(TICKET_LIFE_MS)
    tickets.issue(identity('greedy'))
  })
})

describe('a ticket over HTTP', () => {
  let hubs: HttpFixture[] = []
  afterEach(async () => {
    await Promise.all(hubs.map((hub) => hub.close()))
    hubs = []
  })

  const start = async () => {
    const hub = await startHttpFixture({ grants: { eye: { see: ['open/'] } } })
    hubs.push(hub)
    return hub
  }
  const ticketFor = async (hub: HttpFixture, as: string) => {
    const answer = await hub.fetch(as, '/v1/ticket', { method: 'POST' })
    expect(answer.status).toBe(201)
    return ((await answer.json()) as { ticket: string }).ticket
  }

  it('requires a token', async () => {
    const hub = await start()
    const answer = await fetch(`${hub.url}/v1/ticket`, { method: 'POST' })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ code: 'TCN_ACCESS_NO_TOKEN' })
  })

  it('opens one stream with the rights of its principal, and no second one', async () => {
    const hub = await start()
    const url = `${hub.url}/v1/stream?ticket=${await ticketFor(hub, 'eye')}`
    const reader = await openStream(url, {})
    while ((await reader.next())?.event !== 'live');
    hub.bus.emit({ tag: 'secret/', data: 1 })
    hub.bus.emit({ tag: 'open/', data: 2 })
    expect(JSON.parse((await reader.next())?.data ?? '')).toMatchObject({ subject: 'open/', data: 2 })
    await expect(openStream(url, {})).rejects.toMatchObject({ code: 'TCN_TICKET_INVALID' })
  })

  it('opens one WebSocket', async () => {
    const hub = await start()
    const url = `${hub.url}/v1/ws?ticket=${await ticketFor(hub, 'eye')}`
    const messages = await openWebSocket(url, 'tocsin.v1+json')
    messages.socket.send('{"op":"hello","version":1}')
    expect(await messages.json()).toMatchObject({ op: 'welcome', principal: 'eye' })
    await expect(openWebSocket(url, 'tocsin.v1+json')).rejects.toThrow('401')
  })

  it('of another hub is refused, and other paths do not accept one', async () => {
    const [one, two] = [await start(), await start()]
    const ticket = await ticketFor(one, 'eye')
    await expect(openStream(`${two.url}/v1/stream?ticket=${ticket}`, {})).rejects.toMatchObject({
      code: 'TCN_TICKET_INVALID',
    })
    const answer = await fetch(`${one.url}/v1/ticket?ticket=${ticket}`, { method: 'POST' })
    expect(await answer.json()).toMatchObject({ code: 'TCN_HTTP_QUERY' })
  })
})
