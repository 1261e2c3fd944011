import type { Browser, BrowserContext, Page } from 'playwright-core'
import { findProgram } from '../harness/programs.js'
import { PREFIX } from '../harness/sample-event.js'
import { webAddress } from './web-address.js'

/** All events of the benchmark, by a prefix that the hub counts from the summaries of the log, with two more columns. */
export const EVENTS = `/view/events?filter=${PREFIX}&col=data.fun&col=data.retcode`
export const size = { width: 1440, height: 900 }

export interface FirstRow {
  /** ms */
  readonly time: number
  /** Bytes of the files of the page, as they were sent. */
  readonly code: number
  /** Bytes of the answers of the hub. */
  readonly answers: number
}

const LOADED = `(() => {
  const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  const sum = (isWanted) => all.filter(({ name }) => isWanted(name)).reduce((sum, each) => sum + each.transferSize, 0)
  const isAnswer = (name) => new URL(name).pathname.startsWith('/v1/')
  return { time: performance.now(), code: sum((name) => !isAnswer(name)), answers: sum(isAnswer) }
})()`

/** The web console of a hub in Chromium, logged in. */
export class ConsolePage {
  readonly #browser: Browser
  readonly #context: BrowserContext
  readonly #page: Page
  readonly #url: string

  private constructor(browser: Browser, page: Page, url: string) {
    this.#browser = browser
    this.#context = page.context()
    this.#page = page
    this.#url = url
  }

  static async open(address: string): Promise<ConsolePage> {
    const { port, token } = webAddress(address)
    const url = `http://127.0.0.1:${port}`
    const { chromium } = await import('playwright-core')
    const browser = await chromium.launch({
      executablePath: findProgram('chromium'),
      args: ['--no-sandbox'],
    })
    const context = await browser.newContext({ viewport: size })
    const page = await context.newPage()
    await page.goto(url)
    await page.getByLabel('Token', { exact: true }).fill(token)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('navigation').first().waitFor()
    await page.goto('about:blank')
    return new ConsolePage(browser, page, url)
  }

  /** Shows the events of this benchmark as they come. */
  async follow(): Promise<void> {
    await this.#page.goto(this.#url + EVENTS)
    await this.#page.locator('[data-mode="live"]').waitFor()
  }

  async leave(): Promise<void> {
    await this.#page.goto('about:blank')
  }

  /** Returns the number of events that have come to the list since it follows. */
  async arrived(): Promise<number> {
    return Number(await this.#page.getByRole('grid').getAttribute('data-arrived'))
  }

  /** The number of events that the page tells of the last 15 minutes; undefined if it calls it inexact. */
  async counted(): Promise<number | undefined> {
    const text = await this.#page
      .getByText(/[\d,]+ events, exact/)
      .textContent({ timeout: 5000 })
      .catch(() => '')
    const [, count] = /([\d,]+) events, exact/.exec(text ?? '') ?? []
    return count === undefined ? undefined : Number(count.replaceAll(',', ''))
  }

  /** Frames that the page draws, of each of these seconds. */
  async frames(seconds: number): Promise<number[]> {
    return this.#page.evaluate(countFrames(seconds))
  }

  /** ms until the first text of the page is painted, in a browser that has nothing of it yet. */
  async firstPaint(): Promise<number> {
    const storageState = await this.#context.storageState()
    const context = await this.#browser.newContext({ viewport: size, storageState })
    const page = await context.newPage()
    await page.goto(this.#url + EVENTS)
    await page.locator('[data-ready]').waitFor()
    const paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    const time = await page.waitForFunction(paint).then((found) => found.jsonValue())
    await context.close()
    return Number(time)
  }

  /** Measures the first row of the list, and what is loaded for it, in a browser that has nothing of the page. */
  async firstRow(): Promise<FirstRow> {
    const storageState = await this.#context.storageState()
    const context = await this.#browser.newContext({ viewport: size, storageState })
    const page = await context.newPage()
    await page.goto(this.#url + EVENTS, { waitUntil: 'commit' })
    await page.locator('.grid [data-kind="event"]').first().waitFor()
    const loaded = await page.evaluate<FirstRow>(LOADED)
    await context.close()
    return loaded
  }

  async stop(): Promise<void> {
    await this.#browser.close()
  }
}

function countFrames(seconds: number): string {
  return `new Promise((done) => {
    const counts = []
    let frames = 0
    let begin = performance.now()
    const frame = () => {
      frames++
      const now = performance.now()
      if (now - begin >= 1000) {
        counts.push((frames * 1000) / (now - begin))
        frames = 0
        begin = now
      }
      if (counts.length < ${seconds}) requestAnimationFrame(frame)
      else done(counts)
    }
    requestAnimationFrame(frame)
  })`
}
