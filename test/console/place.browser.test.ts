import { beforeAll, beforeEach, expect, it } from 'vitest'
import { applyFilter, inAddress, loaded, mode, row } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

const EVENTS = 200
/** The cursor of the event that says n=100. */
let middle = ''
const event = () => page.getByRole('region', { name: `Event ${area}/even` })

beforeEach(async () => {
  for (let from = 0; from < EVENTS; from += 2) {
    const cursor = await publish(`${area}/even`, { n: from })
    if (from === EVENTS / 2) middle = cursor
    await publish(`${area}/odd`, { n: from + 1 })
  }
})

it('a filter leaves the list at the place that is read, and the event open', async () => {
  await openEvents(`&event=${middle}`)
  await mode('paused')
  await row('n=101').waitFor()
  await event().waitFor()
  await applyFilter(`${area}/even`)
  await expect.poll(() => row('n=101').count()).toBe(0)
  await row('n=100').waitFor()
  await event().waitFor()
  await mode('paused')
  expect(await page.locator('.row[aria-selected="true"]').textContent()).toContain('n=100')
  await page.keyboard.press('Escape')
  await applyFilter(`${area}/odd`)
  await expect.poll(() => row('n=100').count()).toBe(0)
  await row('n=101').waitFor()
  await row('n=99').waitFor()
  await expect.poll(() => inAddress('at')).toHaveLength(1)
  expect(await loaded()).toBeGreaterThan(50)
})

it('a list that is live stays live with another filter, and an event that is open stays open', async () => {
  await openEvents()
  await row(`n=${EVENTS - 2}`).click()
  await event().waitFor()
  await page.keyboard.press(' ')
  await mode('live')
  await applyFilter(`${area}/even`)
  await mode('live')
  await event().waitFor()
  await publish(`${area}/even`, { n: 'new' })
  await row('n=new').waitFor()
  await expect.poll(() => inAddress('at')).toEqual([])
  await page.goBack()
  await row(`n=${EVENTS - 1}`).waitFor()
})
