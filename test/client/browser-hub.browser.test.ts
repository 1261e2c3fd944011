import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type * as Tocsin from '../../src/client/browser.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { BrowserSite } from './browser-site.js'

let site: BrowserSite
let page: Page
let hub: TestHub
let token: string

beforeAll(async () => {
  site = await BrowserSite.open()
})

afterAll(() => site?.[Symbol.asyncDispose]())

beforeEach(async () => {
  hub = await startTestHub({
    http: true,
    config: { listen: { http: { origins: [site.origin] } }, limits: { queue: '256 KiB' } },
  })
  token = await addToken('page', { see: '*', publish: ['demo/'] })
  page = await site.newPage()
})

afterEach(async () => {
  await page?.close()
  await hub?.close()
})

async function manage<Result>(method: string, params: Record<string, unknown>): Promise<Result> {
  const client = await hub.connect()
  const result = (await client.request<unknown>(method, params)) as Result
  await client.close()
  return result
}

async function addToken(name: string, rights: Record<string, unknown>): Promise<string> {
  return (await manage<{ token: string }>('tokens.add', { name, rights })).token
}

type Globals = { tocsin: typeof Tocsin; client: Tocsin.Client; subscription: Tocsin.Subscription }

describe('a page against a hub', () => {
  it('sends its token in the hello, publishes and receives events', async () => {
    const seen = await page.evaluate(
      async ([address, token]) => {
        const { tocsin } = globalThis as unknown as Globals
        const client = await tocsin.connect({ address, token })
        const subscription = client.subscribe('demo/')
        await subscription.ready()
        await client.publish('demo/a', { text: 'ä' })
        const denied = await client.publish('other/a', 1).catch(({ code }) => code)
        for await (const event of subscription.events()) {
          const { principal } = client.welcome
          await client.close()
          return { principal, denied, tag: event.tag, data: event.data }
        }
        return undefined
      },
      [hub.http, token] as const,
    )
    expect(seen).toEqual({
      principal: 'page',
      denied: 'TCN_ACCESS_DENIED',
      tag: 'demo/a',
      data: { text: 'ä' },
    })
  })

  it('receives the reason for a wrong or revoked token, and does not try again', async () => {
    const wrong = await page.evaluate(async (address) => {
      const { tocsin } = globalThis as unknown as Globals
      return await tocsin.connect({ address, token: 'tcn_x' }).catch(({ code }) => code)
    }, hub.http)
    expect(wrong).toBe('TCN_ACCESS_TOKEN')
    const opening = page.evaluate(
      async ([address, token]) => {
        const { tocsin } = globalThis as unknown as Globals
        const client = await tocsin.connect({ address, token })
        const subscription = client.subscribe('demo/')
        await subscription.ready()
        Object.assign(globalThis, { subscription })
      },
      [hub.http, token] as const,
    )
    await opening
    const reading = page.evaluate(async () => {
      const { subscription } = globalThis as unknown as Globals
      try {
        for await (const _ of subscription.events());
        return 'ended'
      } catch (error) {
        return (error as { code: string }).code
      }
    })
    await manage('tokens.revoke', { name: 'page' })
    expect(await reading).toBe('TCN_ACCESS_TOKEN')
  })

  it('connects with tickets, one for each connection, and a used one is refused', async () => {
    const seen = await page.evaluate(
      async ([address, token]) => {
        const { tocsin } = globalThis as unknown as Globals
        const tickets: string[] = []
        const ticket = async () => {
          const answer = await fetch(`${address}/v1/ticket`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}` },
          })
          const { ticket } = (await answer.json()) as { ticket: string }
          tickets.push(ticket)
          return ticket
        }
        const client = await tocsin.connect({ address, ticket })
        const subscription = client.subscribe('demo/')
        await subscription.ready()
        const { principal } = client.welcome
        await client.close()
        const again = tocsin.connect({ address, ticket: () => tickets[0] }).catch(({ code }) => code)
        return { principal, tickets: tickets.length, again: await again }
      },
      [hub.http, token] as const,
    )
    expect(seen).toEqual({ principal: 'page', tickets: 2, again: 'TCN_CLIENT_UNREACHABLE' })
  })

  it('of a foreign origin is refused, whatever credentials it sends', async () => {
    const before = hub.bus.log.last
    await page.goto(site.origin.replace('127.0.0.1', 'localhost'))
    const seen = await page.evaluate(
      async ([address, token]) => {
        const { tocsin } = globalThis as unknown as Globals
        const headers = { authorization: `Bearer ${token}` }
        const socket = await tocsin.connect({ address, token }).catch(({ code }) => code)
        const request = await fetch(`${address}/v1/events`, { headers }).catch(({ name }) => name)
        return [socket, request]
      },
      [hub.http, token] as const,
    )
    expect(seen).toEqual(['TCN_CLIENT_UNREACHABLE', 'TypeError'])
    expect(hub.bus.log.last).toBe(before)
  })

  it('reads a stream with EventSource and a ticket', async () => {
    const reading = page.evaluate(
      async ([address, token]) => {
        const headers = { authorization: `Bearer ${token}` }
        const answer = await fetch(`${address}/v1/ticket`, { method: 'POST', headers })
        const { ticket } = (await answer.json()) as { ticket: string }
        const source = new EventSource(`${address}/v1/stream?filter=demo/&from=start&ticket=${ticket}`)
        const event = await new Promise<{ data: string; lastEventId: string }>((resolve) => {
          source.onmessage = resolve
        })
        source.close()
        return { event: JSON.parse(event.data), id: event.lastEventId }
      },
      [hub.http, token] as const,
    )
    await publish(1)
    const { event, id } = await reading
    expect(event).toMatchObject({ specversion: '1.0', subject: 'demo/n', data: { n: 0 } })
    expect(id).toBe(`${hub.bus.epoch}-${hub.bus.log.last}`)
  })

  it('that pauses is served later from the log, and loses nothing', async () => {
    await page.evaluate(
      async ([address, token]) => {
        const { tocsin } = globalThis as unknown as Globals
        const client = await tocsin.connect({ address, token })
        const subscription = client.subscribe('demo/')
        await subscription.ready()
        Object.assign(globalThis, { client, subscription })
      },
      [hub.http, token] as const,
    )
    const session = await page.context().newCDPSession(page)
    await session.send('Debugger.enable')
    const paused = new Promise<void>((resolve) => session.once('Debugger.paused', () => resolve()))
    await session.send('Debugger.pause')
    // Runs into the breakpoint: the page does nothing until it is resumed.
    const stopped = page.evaluate(() => 1)
    await paused
    const count = 800
    await publish(count, 'x'.repeat(16 * 1024))
    const lagging = () => [...hub.bus.subscriptions].some(({ cursor }) => cursor < hub.bus.log.last)
    await expect.poll(lagging, { timeout: 30_000 }).toBe(true)
    await session.send('Debugger.resume')
    await session.send('Debugger.disable')
    await stopped
    const numbers = await page.evaluate(async (count) => {
      const { subscription } = globalThis as unknown as Globals
      const numbers: number[] = []
      for await (const item of subscription) {
        if (item.status === 'gap') return 'a gap'
        if (item.status === undefined) numbers.push((item.data as { n: number }).n)
        if (numbers.length === count) break
      }
      return numbers
    }, count)
    expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n))
  })
})

async function publish(count: number, body = ''): Promise<void> {
  const client = await hub.connect()
  for (let n = 0; n < count; n++) if (!client.push('demo/n', { n, body })) await client.ready()
  await client.drain()
  await client.close()
}
