import { beforeAll, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, dialog, inAddress, loaded } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

it('events that look alike are one line, and a click shows only them', async () => {
  const started = Array.from({ length: 7 }, (_, n) => ({ message: `worker ${n} started at 10.0.0.${n}` }))
  await publish(`${area}/a`, ...started, { message: 'disk <b>full</b>' }, { message: 'disk <b>full</b>' })
  await openEvents()
  await expect.poll(loaded).toBe(10)
  await page.keyboard.press('P')
  await dialog().getByText('All 9 events.').waitFor()
  const lines = dialog().getByRole('listitem')
  await expect
    .poll(async () => (await lines.allTextContents()).map((each) => each.replace(/tocsin.*/, '')))
    .toEqual(['7worker ‹…› started at ‹…›', '2disk <b>full</b>'])
  expect(await faultsInLooks(page, '.sheet')).toEqual([])
  for (const width of [360, 768, 1440, 2560]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await beyond('.sheet'), String(width)).toBe(0)
  }
  await lines.first().getByRole('button').click()
  await expect.poll(loaded).toBe(8)
  await expect.poll(() => inAddress('filter')).toEqual([`${area}/`, '"started at"'])
  expect(inAddress('is')).toEqual(['type=tocsin.event'])
})
