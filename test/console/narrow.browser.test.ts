import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { ParkedInfo } from '../../src/methods/contract/index.js'
import { Receiver } from '../sinks/receiver.js'
import { faults } from './axe.js'
import { beyond, dialog, panel, rowIn } from './page-parts.js'
import { openPage, openSite, page, publish, site } from './shared-console.js'

beforeAll(async () => {
  const receiver = await Receiver.start()
  const { url } = receiver
  // Nobody listens there any more.
  await receiver[Symbol.asyncDispose]()
  const retry = { pause: '60s', maxPause: '60s' } as const
  await openSite({ config: { sinks: { hook: { type: 'webhook', url, filter: 'work/', retry } } } })
  await publish('work/order/0', {})
})

beforeEach(() => openPage({ path: '/view/bus', viewport: { width: 360, height: 740 } }))

/** Opens a row, and returns what is below it. */
async function opened(name: string, text: string) {
  await rowIn(name, text).getByRole('button', { name: 'More about this' }).click()
  const below = panel(name).locator('.opened')
  await below.waitFor()
  expect(await beyond('.bus')).toBe(0)
  expect(await faults(page)).toEqual([])
  return below
}

it('a row of the subscribers opens to what has no room beside it, and closes', async () => {
  await using client = await site.hub.connect({ name: 'watcher' })
  await using subscription = client.subscribe('work/order/')
  await subscription.ready()
  const list = panel('Subscribers')
  await rowIn('Subscribers', 'watcher').waitFor()
  expect(await list.getByText('Filter', { exact: true }).isVisible()).toBe(false)
  const below = await opened('Subscribers', 'watcher')
  expect(await below.getByRole('term').allTextContents()).toEqual([
    'Filter',
    'Position',
    'Slow for',
    'Policy',
    'Delivered',
  ])
  expect(await below.getByRole('definition').first().textContent()).toBe('work/order/')
  await rowIn('Subscribers', 'watcher').getByRole('button', { expanded: true }).click()
  await below.waitFor({ state: 'detached' })
  await opened('Subscribers', 'watcher')
  await page.setViewportSize({ width: 1024, height: 740 })
  await below.waitFor({ state: 'hidden' })
})

it('a parked event says whose it is, and can be deleted', async () => {
  await site.manage('consumers.create', { name: 'billing', filters: 'work/', from: 'start' })
  await using client = await site.hub.connect()
  await using subscription = client.subscribe('work/', { consumer: 'billing', from: 'start' })
  for await (const event of subscription.events()) {
    subscription.ack(event, 'park', { reason: 'no amount' })
    break
  }
  const below = await opened('Parked events', 'no amount')
  expect(await below.getByRole('definition').first().textContent()).toBe('billing')
  await below.getByRole('button', { name: 'Delete' }).click()
  await dialog().getByRole('button', { name: 'Delete' }).click()
  await page.getByText('1 event deleted.').waitFor()
  const { parked } = await site.manage<{ parked: ParkedInfo[] }>('parked.list', { consumer: 'billing' })
  expect(parked).toEqual([])
})

it('the reason of a sink breaks between words, and its buttons are below it', async () => {
  const reason = panel('Sinks').getByText('ECONNREFUSED')
  await reason.waitFor()
  const lines = await page.evaluate(`(() => {
    const text = document.querySelector('td[data-kind="words"] .reason').firstChild
    const from = text.data.indexOf('ECONNREFUSED')
    const range = document.createRange()
    range.setStart(text, from)
    range.setEnd(text, from + 'ECONNREFUSED'.length)
    return new Set([...range.getClientRects()].map(({ top }) => top)).size
  })()`)
  expect(lines).toBe(1)
  await panel('Sinks').getByRole('button', { name: 'Try now' }).waitFor()
  const below = await opened('Sinks', 'hook')
  await below.getByRole('button', { name: 'Pause' }).click()
  await page.getByText('hook is paused; its events wait in the log.').waitFor()
})

it('a lost connection is said on a line of its own', async () => {
  await rowIn('Sinks', 'hook').waitFor()
  await page.routeWebSocket(/\/v1\/ws/, (socket) => socket.close())
  await page.reload()
  await rowIn('Sinks', 'hook').waitFor()
  const lost = page.getByRole('alert').filter({ hasText: 'connection lost, trying again' })
  await page.route('**/v1/**', (route) => route.abort())
  await lost.waitFor()
  const { scrollWidth, clientWidth, clientHeight } = await lost.evaluate((own) => ({
    scrollWidth: own.scrollWidth,
    clientWidth: own.clientWidth,
    clientHeight: own.clientHeight,
  }))
  expect(scrollWidth).toBeLessThanOrEqual(clientWidth)
  expect(clientHeight).toBeLessThan(30)
  expect(await beyond()).toBe(0)
})
