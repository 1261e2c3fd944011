import { beforeAll, describe, expect, it } from 'vitest'
import { Receiver } from '../sinks/receiver.js'
import { faultsInLooks } from './axe.js'
import { beyond, panel } from './page-parts.js'
import { openPage, openSite, page, publish, site, tokenOf } from './shared-console.js'

beforeAll(async () => {
  const receiver = await Receiver.start()
  receiver.answer = 503
  const retry = { pause: '60s', maxPause: '60s' } as const
  const hook = { type: 'webhook', url: receiver.url, filter: 'deploy/', retry } as const
  const principals = { ann: { see: '*' }, ops: { monitor: true } } as const
  await openSite({ config: { sinks: { hook }, principals } })
  await publish('deploy/web1/step', { message: 'rolled out' })
  // Runs after the console is closed.
  return () => receiver[Symbol.asyncDispose]()
})

const headline = () => page.getByRole('region', { name: 'State of the hub' })
const part = (name: RegExp) => headline().getByRole('link', { name })
const sink = /^sink hook retrying for /

describe('the headline', () => {
  it('says on every page what is wrong and since when, and leads to it', async () => {
    await openPage({ path: '/view/events' })
    for (const path of ['/view/fleet', '/view/fleet?wall', '/view/bus?tab=access', '/view/events']) {
      await page.goto(site.url + path)
      await part(sink).waitFor()
      expect(await headline().getAttribute('data-level'), path).toBe('wrong')
    }
    await part(sink).click()
    await panel('Sinks').waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.ariaLabel')).toBe('Sinks')
    // It goes there once; the reader may go elsewhere.
    await expect.poll(() => page.url()).not.toContain('part=')
    expect(await headline().getByRole('status').textContent()).toBe('Something is wrong')
  })

  it('is not asked for by those who may not know how the hub is', async () => {
    await openPage({ path: '/view/events', as: await tokenOf('ann') })
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.getByText('rolled out').waitFor()
    await page.getByRole('link', { name: 'Bus' }).click()
    await panel('Durable consumers').waitFor()
    expect(await headline().count()).toBe(0)
    expect(asked.filter((url) => url.includes('hub.health'))).toEqual([])
  })

  it('leads those who may see no events only where they may look', async () => {
    await openPage({ path: '/view/bus', as: await tokenOf('ops') })
    await part(sink).waitFor()
    for (const link of await headline().getByRole('link').all())
      expect(await link.getAttribute('href')).toMatch(/^\/view\/bus/)
  })

  it('is marked while the hub does not answer', async () => {
    await openPage({ path: '/view/events' })
    await part(sink).waitFor()
    await page.route(/hub\.health/, (route) => route.fulfill({ status: 502, json: {} }))
    await page.locator('.headline[data-stale]').waitFor()
    await page.unroute(/hub\.health/)
    await page.locator('.headline:not([data-stale])').waitFor()
  })

  it('has room on every width, and is without a fault for axe', async () => {
    await openPage({ path: '/view/events' })
    await part(sink).waitFor()
    expect(await faultsInLooks(page, '.top')).toEqual([])
    for (const width of [360, 768, 1440, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await beyond(), String(width)).toBe(0)
      expect(await part(sink).isVisible()).toBe(true)
    }
  })
})
