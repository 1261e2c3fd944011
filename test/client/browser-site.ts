import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Dialog, Page } from 'playwright-core'
// @ts-expect-error a build step without types
import { buildBrowser } from '../../scripts/browser.mjs'
import { launchChromium } from '../helpers/chromium.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const html = `<!doctype html><script type="module">
  import * as tocsin from '/tocsin.js'
  globalThis.tocsin = tocsin
</script>`

/** Chromium, and a site whose pages have the client for browsers as the global `tocsin`. */
export class BrowserSite implements AsyncDisposable {
  readonly script: string
  readonly origin: string
  readonly #server: Server
  readonly #browser: Browser
  readonly #example: { html: string }

  private constructor(script: string, server: Server, browser: Browser, example: { html: string }) {
    this.#example = example
    this.script = script
    this.#server = server
    this.#browser = browser
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async open(): Promise<BrowserSite> {
    const script = await builtScript()
    const example = { html: '' }
    const server = createServer(({ url }, response) => {
      const isScript = url === '/tocsin.js' || url === '/browser.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : url === '/example' ? example.html : html)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const browser = await launchChromium()
    return new BrowserSite(script, server, browser, example)
  }

  /** Serves a page of the documentation as `/example`. */
  show(html: string): void {
    this.#example.html = html
  }

  async newPage(path = '/', answer?: (dialog: Dialog) => Promise<void>): Promise<Page> {
    const page = await this.#browser.newPage()
    if (answer !== undefined) page.on('dialog', answer)
    await page.goto(this.origin + path)
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.#server.close()
  }
}

async function builtScript(): Promise<string> {
  const folder = temporaryFolder('browser')
  const file = join(folder, 'tocsin.js')
  await buildBrowser(file)
  return readFileSync(file, 'utf8')
}
