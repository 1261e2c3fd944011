import { beforeAll, describe, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, dialog, inAddress } from './page-parts.js'
import { pastLog } from './past-log.js'
import { openPage, openSite, page } from './shared-console.js'

const MINUTE = 60_000

describe('the page', () => {
  /** An event each minute of two hours: `b` only in the last 40 minutes, so that it stays in the last hour. */
  beforeAll(async () => {
    const events = Array.from({ length: 120 }, (_, minute) => ({
      tag: minute >= 80 && minute % 2 === 0 ? 'x/b' : 'x/a',
      data: { minute },
    }))
    await openSite({ data: await pastLog(events, MINUTE) })
  })

  const open = (params = '', width = 1440) =>
    openPage({ path: `/view/events?filter=x/&range=59m${params}`, viewport: { width, height: 900 } })
  const tags = () => page.locator('.facets section').nth(2).locator('.value').allTextContents()

  it('shows the time before in the bars, and the values that differ most first', async () => {
    await open()
    await page.getByText(/^\d+ events, exact, in the last /).waitFor()
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('the time before')
    await page.locator('.histogram path.compared').waitFor()
    await page.getByText(/^compared: (59|60) events/).waitFor()
    await expect
      .poll(async () => (await tags()).map((each) => each.replace(/^(x\/.)\d+/, '$1 ')).toSorted())
      .toEqual([expect.stringMatching(/^x\/a −[23]\d$/), 'x/b new'])
    await expect.poll(() => inAddress('compare')).toEqual(['before'])
    expect(await faultsInLooks(page, '.histogram')).toEqual([])
    expect(await faultsInLooks(page, '.facets')).toEqual([])
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('compare …')
    await expect.poll(() => page.locator('.compared').count()).toBe(0)
  })

  it('compares with a typed time', async () => {
    await open()
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('another time …')
    await dialog().getByRole('button', { name: 'yesterday', exact: true }).waitFor()
    expect(await dialog().getByRole('button', { name: /^@/ }).count()).toBe(0)
    await page.getByRole('textbox', { name: 'From when' }).fill('@5')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'Only times can be compared' }).waitFor()
    await page.getByRole('textbox', { name: 'From when' }).fill('-100m to -70m')
    await page.keyboard.press('Enter')
    await dialog().waitFor({ state: 'detached' })
    await page.getByText(/^compared: (30|31) events/).waitFor()
    expect(await page.getByRole('combobox', { name: 'Compare with' }).inputValue()).toBe('typed')
  })

  it('has room for it on every width', async () => {
    for (const width of [360, 768, 1440, 2560]) {
      await open('&compare=before', width)
      await page.locator('.histogram path.compared').waitFor()
      expect(await beyond(), String(width)).toBe(0)
      expect(await beyond('.histogram'), String(width)).toBe(0)
      await page.context().close()
    }
  })
})
