import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type Client, connect } from '../../src/client/index.js'
import { type RunningHub, serve } from '../../src/hub/serve.js'
import { launchChromium } from '../helpers/chromium.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** A console for all tests of the file that imports this, of a hub that was started from a file and may change it. */
export let hub: RunningHub
/** The owner on this machine. */
export let client: Client
export let browser: Browser
export let page: Page

let folder: string

export async function closeConfigured(): Promise<void> {
  await browser?.close()
  await client?.close()
  await hub?.stop()
  browser = client = hub = undefined!
}

/** The text of the file. */
export const written = () => readFileSync(join(folder, 'tocsin.yaml'), 'utf8')

export async function startConfigured(text: string, sources = false): Promise<void> {
  folder = temporaryFolder('console')
  writeFileSync(join(folder, 'tocsin.yaml'), text)
  hub = await serve({
    config: join(folder, 'tocsin.yaml'),
    data: join(folder, 'data'),
    sources,
    change(config) {
      config.listen.unix[0].path = join(folder, 'tocsin.sock')
      if (config.listen.http !== 'off') config.listen.http.address = { host: '127.0.0.1', port: 0 }
    },
  })
  client = await connect({ address: join(folder, 'tocsin.sock') })
  browser = await launchChromium()
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
}

/** Shows a page, with a login of its own as the owner. */
export async function openPath(path: string): Promise<void> {
  const link = new URL(hub.loginLink()!)
  // Another link to the same page would not load it anew.
  await page.goto('about:blank')
  await page.goto(`${link.origin}${path}${link.hash}`)
  await page.locator('[data-ready]').waitFor()
}

/** Another browser without a login shows a page to a principal. */
export async function openAs(token: string, path: string): Promise<Page> {
  const other = await (await browser.newContext()).newPage()
  await other.goto(new URL(hub.loginLink()!).origin + path)
  await other.getByLabel('Token', { exact: true }).fill(token)
  await other.getByRole('button', { name: 'Log in' }).click()
  await other.locator('[data-ready]').waitFor()
  return other
}

export const dialog = () => page.getByRole('dialog')
export const button = (name: string) => dialog().getByRole('button', { name, exact: true })
/** A part of the page. */
export const panel = (name: string) => page.getByRole('region', { name, exact: true })
export const rowOf = (name: string, text: string) => panel(name).getByRole('row').filter({ hasText: text })
