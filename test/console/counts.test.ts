import { beforeAll, expect, it } from 'vitest'
import { applyFilter, hold, mode } from './page-parts.js'
import { area, openEvents, openSite, page, publish, site } from './shared-console.js'

beforeAll(() => openSite())

it('counts of another filter are marked at once, and not called exact', async () => {
  await publish(`${area}/a`, {}, {})
  await publish(`${area}/b`, {})
  await openEvents()
  await page.getByText('3 events, exact').waitFor()
  const goOn = await hold('**/v1/events.{histogram,facets}')
  await applyFilter(`${area}/b`)
  await page.locator('.histogram[data-stale]').waitFor()
  await expect.poll(() => page.locator('.facets section[data-stale]').count()).toBe(3)
  expect(await page.getByText('exact', { exact: false }).count()).toBe(0)
  goOn()
  await page.getByText('1 event, exact').waitFor()
  expect(await page.locator('[data-stale]').count()).toBe(0)
})

it('counts that failed are asked for again, also of a list that is paused', async () => {
  await publish(`${area}/a`, {})
  await openEvents()
  await mode('live')
  await page.keyboard.press(' ')
  await mode('paused')
  await page.route('**/v1/events.histogram', (route) => route.abort())
  await page.getByRole('combobox', { name: 'Time' }).selectOption('1h')
  await page.getByText('not up to date: The hub does not answer.').waitFor()
  await page.unroute('**/v1/events.histogram')
  await page.getByText('1 event, exact').waitFor()
  expect(new Set(site.complaints.splice(0))).toEqual(new Set(['Failed to load resource: net::ERR_FAILED']))
})

it('e and w show only errors, and errors and warnings, of everything that the filter shows', async () => {
  await publish(
    `${area}/a`,
    { severity: 'info' },
    { severity: 'warning' },
    { severity: 'crit' },
    { level: 'error' },
  )
  await openEvents()
  await page.getByText('4 events, exact').waitFor()
  await page.keyboard.press('w')
  await page.getByText('3 events, exact').waitFor()
  await page.keyboard.press('e')
  await page.getByText('2 events, exact').waitFor()
  expect(new URL(page.url()).searchParams.get('where')).toBe("severity >= 'err'")
  await page.keyboard.press('e')
  await page.getByText('4 events, exact').waitFor()
})
