import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type * as Tocsin from '../../src/client/browser.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { BrowserSite } from './browser-site.js'
import { Gateway } from './gateway.js'

/** Largest size of the compressed bundle, bytes. */
const MAX_BYTES = 22 * 1024

let site: BrowserSite
let page: Page
let hub: TestHub
let gateway: Gateway

beforeAll(async () => {
  site = await BrowserSite.open()
})

afterAll(() => site?.[Symbol.asyncDispose]())

beforeEach(async () => {
  hub = await startTestHub()
  gateway = await Gateway.webSocket(hub.address)
  page = await site.newPage()
})

afterEach(async () => {
  await page?.close()
  await gateway?.[Symbol.asyncDispose]()
  await hub?.close()
})

const address = () => `ws://127.0.0.1:${gateway.port}`

describe('the client for browsers', () => {
  it('is one small file without imports and evaluates no code', () => {
    expect(site.script).not.toMatch(/\bimport\b|\brequire\(|node:/)
    expect(site.script).not.toMatch(/\bFunction\(|\beval\(/)
    expect(gzipSync(site.script, { level: 9 }).length).toBeLessThan(MAX_BYTES)
  })

  it('publishes and receives events in Chromium', async () => {
    const seen = await page.evaluate(async (at) => {
      const { connect } = (globalThis as unknown as { tocsin: typeof Tocsin }).tocsin
      const client = await connect(at)
      const subscription = client.subscribe('demo/')
      await subscription.ready()
      await client.publish('demo/a', { text: 'ä', bytes: new Uint8Array([1, 2]), large: 2n ** 60n })
      for await (const event of subscription.events()) {
        const { text, bytes, large } = event.data as { text: string; bytes: Uint8Array; large: bigint }
        const { name } = client.welcome.hub
        await client.close()
        return { tag: event.tag, text, bytes: [...bytes], large: String(large), name }
      }
      return undefined
    }, address())
    expect(seen).toEqual({
      tag: 'demo/a',
      text: 'ä',
      bytes: [1, 2],
      large: String(2n ** 60n),
      name: expect.any(String),
    })
  })

  it('replays many events in order, and resumes after a broken connection', async () => {
    const client = await hub.connect()
    const count = 20_000
    for (let n = 0; n < count; n++) if (!client.push('demo/n', n)) await client.ready()
    await client.drain()
    await page.exposeFunction('cut', () => gateway.cut())
    const seen = await page.evaluate(
      async ([at, count]) => {
        const { connect } = (globalThis as unknown as { tocsin: typeof Tocsin }).tocsin
        const { cut } = globalThis as unknown as { cut(): Promise<void> }
        const hub = await connect(at)
        let next = 0
        for await (const event of hub.subscribe('demo/', { from: 'start' }).events()) {
          if (event.data !== next++) return `${event.data} came instead of ${next - 1}`
          if (next === 500) await cut()
          if (next === count) return 'all'
        }
        return 'ended'
      },
      [address(), count] as const,
    )
    await client.close()
    expect(seen).toBe('all')
  })

  it('a page that reads slowly receives everything in bounded memory', async () => {
    const client = await hub.connect()
    const opening = page.evaluate(async (at) => {
      const { connect } = (globalThis as unknown as { tocsin: typeof Tocsin }).tocsin
      const hub = await connect(at)
      const subscription = hub.subscribe('demo/')
      Object.assign(globalThis, { subscription })
      await subscription.ready()
    }, address())
    await opening
    const body = 'x'.repeat(32 * 1024)
    const count = 450
    for (let n = 0; n < count; n++) await client.publish('demo/n', { n, body })
    await client.close()
    const seen = await page.evaluate(async (count) => {
      const { subscription } = globalThis as unknown as { subscription: Tocsin.Subscription }
      const numbers: number[] = []
      for await (const event of subscription.events()) {
        numbers.push((event.data as { n: number }).n)
        if (numbers.length === count) break
      }
      return numbers
    }, count)
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => n))
  })

  it('reports an address where no hub answers, and one that is not valid', async () => {
    const codes = await page.evaluate(async () => {
      const { connect } = (globalThis as unknown as { tocsin: typeof Tocsin }).tocsin
      const codeOf = (error: { code: string }) => error.code
      return [
        await connect('ws://127.0.0.1:1').then(() => '', codeOf),
        await connect('tcp://127.0.0.1:1').then(() => '', codeOf),
      ]
    })
    expect(codes).toEqual(['TCN_CLIENT_UNREACHABLE', 'TCN_CLIENT_ADDRESS'])
  })
})
