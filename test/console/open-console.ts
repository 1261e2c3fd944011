import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { startTestHub, type TestHub, type TestHubOptions } from '../../src/hub/testing.js'
import { launchChromium } from '../helpers/chromium.js'

export interface ConsolePageOptions extends BrowserContextOptions {
  /** Logs in with this token; default: with a link, as the user who has started the hub. `nobody` does not log in. */
  as?: string | 'nobody'
  path?: string
}

/**
 * Answers such as that a filter is not valid, or that a destination refuses, are no fault of the page. Nor is a
 * connection that is refused because it was being opened when the login ended, or a request that the test aborts.
 */
const EXPECTED = /status of (40[01349]|502) |failed: HTTP Authentication failed|net::ERR_FAILED$/

/** A hub with its console, and a real browser. */
export class OpenConsole implements AsyncDisposable {
  readonly hub: TestHub
  readonly browser: Browser
  /** What the browser complained about: errors, and violations of the policy of the page. */
  readonly complaints: string[] = []

  constructor(hub: TestHub, browser: Browser) {
    this.hub = hub
    this.browser = browser
  }

  get url(): string {
    return this.hub.http
  }

  /** Opens a page in a browser context of its own, so that nobody has logged in there before. */
  async newPage({ as, path = '/', ...options }: ConsolePageOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    if (as === undefined) await page.goto(this.link(path))
    else await page.goto(this.url + path)
    if (as === 'nobody') return page
    if (as !== undefined) {
      await page.getByLabel('Token', { exact: true }).fill(as)
      await page.getByRole('button', { name: 'Log in' }).click()
    }
    await page.getByRole('navigation').first().waitFor()
    return page
  }

  /** A link that logs in once, to this path. */
  link(path = '/'): string {
    const link = new URL(this.hub.hub.loginLink()!)
    return this.url + path + link.hash
  }

  async manage<Result>(method: string, params: Record<string, unknown>): Promise<Result> {
    const client = await this.hub.connect()
    try {
      return (await client.request<unknown>(method, params)) as Result
    } finally {
      await client.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.hub.close()
  }
}

/** Starts a hub with the console that was built last, and Chromium. */
export async function openConsole(options: TestHubOptions = {}): Promise<OpenConsole> {
  const hub = await startTestHub({ http: true, ...options })
  const browser = await launchChromium()
  return new OpenConsole(hub, browser)
}
