import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
// @ts-expect-error a build step without types
import { buildBrowser } from '../../scripts/browser.mjs'

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

  private constructor(script: string, server: Server, browser: Browser) {
    this.script = script
    this.#server = server
    this.#browser = browser
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async open(): Promise<BrowserSite> {
    const script = await builtScript()
    const server = createServer((request, response) => {
      const isScript = request.url === '/tocsin.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : html)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
    return new BrowserSite(script, server, browser)
  }

  async newPage(): Promise<Page> {
    const page = await this.#browser.newPage()
    await page.goto(this.origin)
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    this.#server.close()
  }
}

async function builtScript(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-browser-'))
  const file = join(folder, 'tocsin.js')
  try {
    await buildBrowser(file)
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
