import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../helpers/chromium.js'
import { HubProcess } from './hub-process.js'

let browser: Browser
let hub: HubProcess

beforeAll(async () => {
  browser = await launchChromium()
})

afterAll(() => browser?.close())

afterEach(() => hub?.[Symbol.asyncDispose]())

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

async function publish(from: number, to: number): Promise<void> {
  const lines = Array.from({ length: to - from }, (_, n) => `${JSON.stringify({ n: from + n })}\n`).join('')
  const { code, stderr } = await hub.tocsin(['fire', 'restart/n', '-', '--ack', 'durable'], { input: lines })
  expect(code, stderr).toBe(0)
}

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: new RegExp(`${text}$`) })

async function logIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
}

test('a page that is open while the hub is killed says so, and goes on from its cursor without a new login: nothing is lost or twice', async () => {
  const port = await freePort()
  const start = (folder?: string) =>
    HubProcess.start({
      folder,
      config: `listen:\n  http: { address: 127.0.0.1:${port} }\n`,
    })
  hub = await start()
  const made = await hub.tocsin(['token', 'add', 'reader', '--see', '*'])
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${port}/view/events?filter=restart/`)
  await logIn(page, made.stdout.trim())
  await page.locator('[data-mode="live"]').waitFor()
  await publish(0, 5)
  await row(page, 'n=4').waitFor()
  const [killed] = [hub]
  await killed.signal('SIGKILL')
  await page.getByRole('alert').filter({ hasText: 'connection lost' }).waitFor()
  await row(page, 'n=4').waitFor()
  hub = await start(killed.folder)
  await publish(5, 10)
  await row(page, 'n=9').waitFor()
  for (let n = 0; n < 10; n++) expect(await row(page, `n=${n}`).count(), `n=${n}`).toBe(1)
  await page.locator('.connection[data-state="connected"]').waitFor()
  await page.locator('[data-mode="live"]').waitFor()
  await page.close()
  await killed[Symbol.asyncDispose]()
})
