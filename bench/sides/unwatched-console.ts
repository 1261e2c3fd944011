import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { until } from '../harness/clock.js'
import { Inspector } from '../harness/inspector.js'
import { anonymousKilobytes } from '../harness/process-facts.js'
import { findProgram } from '../harness/programs.js'
import { EVENTS, size } from './console-page.js'
import { freePort } from './network.js'
import { webAddress } from './web-address.js'

export interface PageMemory {
  /** The heap of JavaScript after a collection of garbage, MB. */
  heap: number
  nodes: number
  listeners: number
  /** Anonymous memory of the processes that show pages, MB. */
  processes: number
}

/**
 * The events of a hub in Chromium without Playwright. That watches the network of its pages, for which Chromium keeps the
 * answers to all requests in the memory of the page.
 */
export class UnwatchedConsole {
  readonly #process: ChildProcess
  readonly #browser: Inspector
  readonly #page: Inspector

  private constructor(process: ChildProcess, browser: Inspector, page: Inspector) {
    this.#process = process
    this.#browser = browser
    this.#page = page
  }

  /** Shows the events of the benchmark as they come. Chromium keeps its files in `folder`. */
  static async open(address: string, folder: string): Promise<UnwatchedConsole> {
    const hub = webAddress(address)
    const url = `http://127.0.0.1:${hub.port}`
    const port = await freePort()
    const flags = ['--headless', '--no-sandbox', `--window-size=${size.width},${size.height}`]
    const place = [`--remote-debugging-port=${port}`, `--user-data-dir=${folder}`]
    const process = spawn(findProgram('chromium')!, [...flags, ...place, url], { stdio: 'ignore' })
    const browser = await Inspector.open(port, 'browser')
    const page = await Inspector.open(port)
    const opened = new UnwatchedConsole(process, browser, page)
    await page.call('Performance.enable')
    await opened.#shows('form')
    await opened.#evaluate(loginWith(hub.token))
    await page.call('Page.navigate', { url: url + EVENTS })
    await opened.#shows('[data-mode="live"]')
    return opened
  }

  async memory(): Promise<PageMemory> {
    // The second one takes what the first one has made free.
    for (let i = 0; i < 2; i++) await this.#page.collectGarbage()
    const { metrics } = await this.#page.call<{ metrics: { name: string; value: number }[] }>(
      'Performance.getMetrics',
    )
    const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN
    return {
      heap: metric('JSHeapUsedSize') / 2 ** 20,
      nodes: metric('Nodes'),
      listeners: metric('JSEventListeners'),
      processes: await this.#processMegabytes(),
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
  }

  async #processMegabytes(): Promise<number> {
    const { processInfo } = await this.#browser.call<{ processInfo: { type: string; id: number }[] }>(
      'SystemInfo.getProcessInfo',
    )
    const renderers = processInfo.filter(({ type }) => type === 'renderer')
    return renderers.reduce((sum, { id }) => sum + anonymousKilobytes(id), 0) / 1024
  }

  #shows(selector: string): Promise<unknown> {
    return until(`the page shows ${selector}`, () =>
      this.#evaluate<boolean>(`document.querySelector(${JSON.stringify(selector)}) !== null`),
    )
  }

  async #evaluate<Value>(expression: string): Promise<Value | undefined> {
    const options = { expression, awaitPromise: true, returnByValue: true }
    // There is no result while another page is loaded.
    const answer = await this.#page.call<{ result: { value: Value } } | undefined>(
      'Runtime.evaluate',
      options,
    )
    return answer?.result.value
  }
}

function loginWith(token: string): string {
  const headers = { authorization: `Bearer ${token}`, 'x-tocsin-console': '1' }
  return `fetch('/v1/session', ${JSON.stringify({ method: 'POST', headers })}).then(({ ok }) => ok)`
}
