import { beforeAll, expect, it } from 'vitest'
import { beyond, row } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

it('shows an event of 10 MB only when asked, and goes on with the others', async () => {
  await publish(`${area}/large`, { text: 'x'.repeat(10 * 2 ** 20) }, { after: 'it' })
  await openEvents()
  await row('after=it').waitFor()
  await row('10.0 MiB').click()
  await page.getByText('This event has 10.0 MiB.').waitFor()
  await page.getByRole('button', { name: 'Show it all the same' }).click()
  await page.getByText('more …').waitFor()
  await row('after=it').click()
  await page.getByRole('region', { name: 'Event' }).getByText('after').waitFor()
})

it('never gets data that is nested 10,000 deep, and shows text that is', async () => {
  let deep: unknown = 'end'
  for (let level = 0; level < 10_000; level++) deep = [deep]
  await expect(publish(`${area}/deep`, deep)).rejects.toThrow()
  await publish(`${area}/text`, { message: `${'['.repeat(10_000)}${']'.repeat(10_000)}` }, { n: 'last' })
  await openEvents()
  await row('n=last').waitFor()
  await row('[[[[').click()
  for (const tab of ['Raw', 'Hex', 'CloudEvent', 'Tree']) await page.getByRole('tab', { name: tab }).click()
  await page.locator('.tree').getByText('[[[[').first().waitFor()
})

it('needs no horizontal scrolling at 200 %, whether the page or only its text is enlarged', async () => {
  await publish(`${area}/n`, { n: 1 })
  const viewport = { width: 720, height: 450 }
  await openPage({ path: `/view/events?filter=${area}/`, viewport, deviceScaleFactor: 2 })
  await row('n=1').waitFor()
  expect(await beyond()).toBe(0)
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.evaluate("document.documentElement.style.fontSize = '200%'")
  await row('n=1').click()
  await page.getByRole('region', { name: `Event ${area}/n` }).waitFor()
  expect(await beyond()).toBe(0)
})

it('is a grid with rows for screen readers, with a log beside it', async () => {
  await publish(`${area}/n`, { n: 1 }, { n: 2 })
  await openEvents()
  await row('n=2').waitFor()
  const tree = await page.getByRole('grid').ariaSnapshot()
  expect(tree).toMatch(/^- grid "Events, the newest last":/)
  expect(tree).toMatch(new RegExp(`- row .*${area}/n n=1`))
  await page.keyboard.press(' ')
  await expect.poll(() => page.getByRole('log').textContent()).toBe('paused')
})
