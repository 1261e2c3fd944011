import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { launchChromium } from '../helpers/chromium.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const WALL = '/view/fleet?wall&match=web*'
const data = temporaryFolder('wall')

let browser: Browser
let hub: TestHub
let context: BrowserContext
let page: Page

beforeAll(async () => {
  browser = await launchChromium()
  await start('127.0.0.1:0')
  await speak(50)
})

afterAll(async () => {
  await browser?.close()
  await hub?.close()
})

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
})

afterEach(() => context?.close())

async function start(http: string): Promise<void> {
  hub = await startTestHub({ data, config: { listen: { http } } })
  hub.hub.hosts.start()
}

/** Lets hosts up to this number speak, and waits until the hub knows them. */
async function speak(hosts: number): Promise<void> {
  await using client = await hub.connect()
  for (let nth = 1; nth <= hosts; nth++) client.push(`host/web${nth}/app/x`, { severity: 'info' })
  await client.drain()
  const known = async () => (await client.request('hosts.map', { match: ['web*'] })).names.length
  await vi.waitUntil(async () => (await known()) === hosts, 20_000)
}

const open = () => page.goto(`${hub.http}${WALL}${new URL(hub.hub.loginLink()!).hash}`)
const shown = (hosts: number) => page.getByRole('heading', { name: `${hosts} hosts` }).waitFor()

it('stays logged in and continues when the hub was restarted, and says meanwhile that it is not up to date', async () => {
  await open()
  await shown(50)
  const { host } = new URL(hub.http)
  await hub.close()
  await page.getByText(/^Not up to date since \d\d:\d\d:\d\d\. The hub does not answer\.$/).waitFor()
  await shown(50)
  await start(host)
  await speak(60)
  await shown(60)
  await page.getByText('Not up to date').waitFor({ state: 'detached' })
  expect(await page.getByRole('button', { name: 'Log in' }).count()).toBe(0)
})

it('continues when the network was away', async () => {
  await open()
  await shown(60)
  await context.setOffline(true)
  await page.getByText('Not up to date').waitFor()
  await context.setOffline(false)
  await page.getByText('Not up to date').waitFor({ state: 'detached' })
})

it('needs no more memory after hundreds of answers', async () => {
  await page.addInitScript(`const later = window.setTimeout
    window.setTimeout = (run, ms) => later(run, ms / 200)`)
  await open()
  await shown(60)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Performance.enable')
  await answers(30)
  const before = await used(devtools)
  await answers(300)
  const after = await used(devtools)
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + 20)
  expect(after.listeners).toBeLessThanOrEqual(before.listeners)
  expect(after.heap).toBeLessThan(before.heap + 300_000)
})

/** Waits until the hub has answered the page this number of times. */
async function answers(count: number): Promise<void> {
  let left = count
  page.on('requestfinished', (request) => {
    if (request.url().endsWith('/v1/hosts.map')) left--
  })
  await vi.waitUntil(() => left <= 0, 50_000)
  page.removeAllListeners('requestfinished')
}

async function used(devtools: CDPSession) {
  await devtools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devtools.send('Performance.getMetrics')
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN
  return { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') }
}
