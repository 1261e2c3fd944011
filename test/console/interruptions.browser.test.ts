import type { Route } from 'playwright-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dialog, drawn, hold, interceptConnection, loaded, mode, row } from './page-parts.js'
import { area, openEvents, openSite, page, publish, site, tokenOf } from './shared-console.js'

beforeAll(() => openSite({ config: { principals: { ann: { see: '*' } } } }))

beforeEach(async () => {
  await openEvents()
  await mode('live')
})

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const isFor = (cursor: string) => `/view/events?filter=${area}/&event=${cursor}`

const setHidden = (isHidden: boolean) =>
  page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))`)

describe('code that is loaded later', () => {
  const abort = (route: Route) => route.abort()
  const notLoaded = () => page.getByText('A part of this page could not be loaded').waitFor()

  it('does not take the place of the page that was asked for after it', async () => {
    const goOn = await hold('**/console/bus-*.js')
    const asked = page.waitForRequest('**/console/bus-*.js')
    const styles = page.waitForResponse('**/console/later-*.css')
    await page.getByRole('link', { name: 'Bus' }).click()
    const late = await asked
    await page.getByRole('link', { name: 'Events' }).click()
    await page.getByRole('grid').waitFor()
    goOn()
    await Promise.all([(await styles).finished(), page.evaluate(`import('${late.url()}')`)])
    await drawn()
    expect(await page.getByRole('grid').count()).toBe(1)
  })

  it('says that it is missing: a page, an event, and the way to log in', async () => {
    await publish(`${area}/a`, { is: 'shown' })
    await page.route('**/console/{bus,detail,login}-*.js', abort)
    await row('is=shown').click()
    await notLoaded()
    await page.getByRole('link', { name: 'Bus' }).click()
    await page.locator('main > .problem').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.locator('body > .problem').waitFor()
  })

  it('says why there is no replay and no jump in time', async () => {
    await publish(`${area}/a`, { is: 'shown' })
    await page.route('**/console/{replay-bar,moving}-*.js', abort)
    for (const key of ['R', '[']) {
      await row('is=shown').click()
      await page.keyboard.press(key)
      await page.locator('.middle > .problem').waitFor()
      await page.getByRole('button', { name: 'Resume' }).first().click()
      await mode('live')
    }
  })

  it('gets its styles at the next attempt', async () => {
    await page.route('**/console/later-*.css', abort)
    await page.keyboard.press('v')
    await dialog().waitFor()
    await page.keyboard.press('Escape')
    await page.unroute('**/console/later-*.css')
    const styles = page.waitForResponse('**/console/later-*.css')
    await page.getByRole('button', { name: 'Share' }).click()
    expect((await styles).status()).toBe(200)
  })
})

describe('a page that nobody sees', () => {
  it('counts a range when it is looked at', async () => {
    await publish(`${area}/a`, ...numbers(7))
    await page.addInitScript("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    const to = new Date(Date.now() + 3_600_000).toISOString()
    await page.goto(`${site.url}/view/events?filter=${area}/&from=-1h&to=${to}`)
    await mode('paused')
    await setHidden(false)
    await page.getByText('7 events, exact').waitFor()
  })

  it('shows after a long time what happens now, and the rest above it', async () => {
    await setHidden(true)
    await publish(`${area}/a`, ...numbers(900))
    await page.evaluate(
      '{ const now = performance.now.bind(performance); performance.now = () => now() + 3_600_000 }',
    )
    await setHidden(false)
    await row('n=899').waitFor()
    expect(await loaded()).toBeLessThan(900)
  })
})

describe('the list', () => {
  it('opens by itself when the hub is there again, after it was not when the page was loaded', async () => {
    const connection = await interceptConnection()
    await connection.cut()
    await page.reload()
    await page.locator('.middle > .problem').waitFor()
    await publish(`${area}/a`, { is: 'stored' })
    connection.restore()
    await mode('live')
    await row('is=stored').waitFor()
    await page.locator('.middle > .problem').waitFor({ state: 'detached' })
  })

  it('follows once when it is asked twice', async () => {
    await page.keyboard.press(' ')
    await mode('paused')
    const sockets: unknown[] = []
    page.on('websocket', (socket) => sockets.push(socket))
    await page.evaluate(
      "for (const key of ['End', 'End']) dispatchEvent(new KeyboardEvent('keydown', { key }))",
    )
    await mode('live')
    await publish(`${area}/a`, { is: 'new' })
    await row('is=new').waitFor()
    expect(sockets).toHaveLength(1)
  })

  it('keeps the event that was opened while that of the address was on its way', async () => {
    const wanted = await publish(`${area}/wanted`, { is: 'wanted' })
    await publish(`${area}/other`, { is: 'other' })
    const goOn = await hold('**/console/later-*.css')
    await page.goto(site.url + isFor(wanted), { waitUntil: 'commit' })
    await row('is=other').click()
    goOn()
    await page.getByRole('region', { name: `Event ${area}/other` }).waitFor()
    await row('is=wanted').waitFor()
    expect(await page.getByRole('region', { name: `Event ${area}/wanted` }).count()).toBe(0)
  })
})

it('what belongs to an event goes on after the reader has logged in again', async () => {
  const logIn = async (name: string) => {
    await page.getByLabel('Token', { exact: true }).fill(await tokenOf('ann', name))
    await page.getByRole('button', { name: 'Log in' }).click()
  }
  const cursor = await publish(`${area}/a`, { is: 'first' })
  await page.getByRole('button', { name: 'Log out' }).click()
  await logIn('short')
  await mode('live')
  await page.goto(site.url + isFor(cursor))
  await page.getByRole('tab', { name: 'Related' }).click()
  await page.getByRole('button', { name: 'this event' }).waitFor()
  await publish(`${area}/a`, { is: 'second' })
  await page.locator('.lines').getByText('is=second').waitFor()
  await site.manage('tokens.revoke', { name: 'short' })
  // The page may have asked for something since, and hides what it shows.
  await page.locator('.histogram label select').selectOption('source', { force: true })
  await logIn('long')
  await page.locator('.lines').waitFor()
  await publish(`${area}/a`, { is: 'third' })
  await page.locator('.lines').getByText('is=third').waitFor()
  await page.locator('.detail .problem').waitFor({ state: 'detached' })
})
