import { createHash } from 'node:crypto'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpFixture, startHttpFixture } from './fixture.js'

let hub: HttpFixture
let browser: Browser

beforeAll(async () => {
  hub = await startHttpFixture()
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
})

afterAll(async () => {
  await browser?.close()
  await hub?.close()
})

describe('the page at /', () => {
  it('says how to get a token, without a token and without anything about this hub', async () => {
    const answer = await fetch(hub.url)
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(html).toContain('tocsin token add NAME')
    for (const own of [hub.bus.epoch, new URL(hub.url).port, '0.1.0']) expect(html).not.toContain(own)
  })

  it('allows its own style by its hash, and nothing else', async () => {
    const answer = await fetch(hub.url)
    const [, style] = /<style>(.*?)<\/style>/s.exec(await answer.text())!
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = answer.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`style-src 'sha256-${hash}'`)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })

  it('has links that answer, or ask for a token', async () => {
    const html = await (await fetch(hub.url)).text()
    const links = [...html.matchAll(/<a href="([^"]+)"/g)].map(([, link]) => link)
    expect(links).toContain('/v1/openapi.json')
    for (const link of links) {
      expect((await fetch(hub.url + link)).status, link).toBe(link === '/metrics' ? 401 : 200)
    }
  })

  it.each(['light', 'dark'] as const)('can be read in a %s browser, wide or narrow', async (colorScheme) => {
    for (const width of [1200, 360]) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
      const problems: string[] = []
      page.on('console', (message) => problems.push(message.text()))
      page.on('pageerror', (error) => problems.push(error.message))
      await page.goto(hub.url)
      expect(problems).toEqual([])
      expect(await page.evaluate(widthBeyondWindow)).toBeLessThanOrEqual(0)
      expect(await page.evaluate(leastContrast)).toBeGreaterThan(4.5)
      await page.close()
    }
  })
})

// The functions below run in the page.

interface PageElement {
  readonly parentElement: PageElement
  readonly scrollWidth: number
  readonly clientWidth: number
}
declare const document: {
  documentElement: PageElement
  querySelectorAll(selector: string): Iterable<PageElement>
}
declare function getComputedStyle(element: PageElement): { color: string; backgroundColor: string }

function widthBeyondWindow(): number {
  const { scrollWidth, clientWidth } = document.documentElement
  return scrollWidth - clientWidth
}

/** The least contrast of a text to the background it is on, as WCAG defines it. */
function leastContrast(): number {
  const luminance = (color: string) => {
    const [r, g, b] = color
      .match(/[\d.]+/g)!
      .map((part) => Number(part) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element: PageElement): string => {
    const color = getComputedStyle(element).backgroundColor
    return color === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : color
  }
  const ratios = [...document.querySelectorAll('h1, h2, p, code, dt, dd, a')].map((element) => {
    const both = [luminance(getComputedStyle(element).color), luminance(behind(element))]
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05)
  })
  return Math.min(...ratios)
}
