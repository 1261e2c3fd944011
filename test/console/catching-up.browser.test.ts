import { beforeAll, expect, it } from 'vitest'
import { mode, row } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

const numbers = (from: number, count: number) =>
  publish(`${area}/a`, ...Array.from({ length: count }, (_, n) => ({ n: from + n })))

it('the list says that it is catching up, how far behind it is, and jumps to now on demand', async () => {
  await openEvents()
  let isSlow = false
  await page.routeWebSocket(/\/v1\/ws/, (browser) => {
    const isHeld = isSlow
    const hub = browser.connectToServer()
    hub.onMessage((message) => {
      if (!isHeld) browser.send(message)
    })
  })
  await numbers(0, 3)
  await page.reload()
  await mode('live')
  await page.keyboard.press(' ')
  await mode('paused')
  await numbers(3, 7)
  isSlow = true
  await page.keyboard.press(' ')
  await mode('catching up')
  await page.getByText(/^catching up, \S+( \S+)? behind, 7 to go$/).waitFor()
  await expect.poll(() => page.title()).toMatch(/^○ /)
  expect(await page.locator('.time-bar .state').textContent()).toBe('catching up')
  isSlow = false
  await page.keyboard.press('End')
  await mode('live')
  await row('7 events were left out here').waitFor()
  await expect.poll(() => page.title()).toMatch(/^● /)
  await numbers(10, 1)
  await row('n=10').waitFor()
  expect(await row('n=5').count()).toBe(0)
})
