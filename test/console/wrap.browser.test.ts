import { beforeAll, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, dialog, inAddress, loaded, row } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

const LONG = 'a line that goes on and on, so that no screen has room for it. '.repeat(8)
const heightOf = async (text: string) => (await row(text).first().boundingBox())!.height
const isSeen = async (text: string) => {
  const [at, list] = [await row(text).boundingBox(), await page.getByRole('grid').boundingBox()]
  return at !== null && list !== null && at.y >= list.y && at.y + at.height <= list.y + list.height + 1
}
/** The numbers of the lines that are seen as a whole. */
const seenLines = () =>
  page.evaluate<string[]>(`(() => {
    const { top, bottom } = document.querySelector('[role="grid"]').getBoundingClientRect()
    const isSeen = (row) => row.getBoundingClientRect().top >= top && row.getBoundingClientRect().bottom <= bottom + 1
    const rows = [...document.querySelectorAll('.row')].filter(isSeen)
    return rows.flatMap((row) => /line (\\d+)\\./.exec(row.textContent)?.[1] ?? [])
  })()`)

it('long lines are wrapped by key and by mouse, which is in the address and in views', async () => {
  await publish(`${area}/a`, { message: 'short one' }, { message: `first ${LONG}last word` })
  await openEvents()
  await row('first').waitFor()
  const before = await heightOf('first')
  await page.keyboard.press('W')
  await expect.poll(() => heightOf('first')).toBeGreaterThan(before * 2)
  expect(await heightOf('short one')).toBe(before)
  expect(await row('first').textContent()).toContain('last word')
  await expect.poll(() => inAddress('wrap')).toHaveLength(1)
  expect(await faultsInLooks(page, '.middle')).toEqual([])
  for (const width of [360, 768, 2560]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await beyond(), String(width)).toBe(0)
    await expect.poll(() => isSeen('first')).toBe(true)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.keyboard.press('v')
  await dialog().getByRole('textbox', { name: 'Name' }).fill('whole lines')
  await page.keyboard.press('Enter')
  const link = dialog().getByRole('link', { name: 'whole lines' })
  expect(await link.getAttribute('href')).toContain('wrap=1')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'wrap lines' }).click()
  await expect.poll(() => heightOf('first')).toBe(before)
  await expect.poll(() => inAddress('wrap')).toEqual([])
  await page.keyboard.press('?')
  await dialog().getByText('wrap long lines').waitFor()
})

it('with wrapped lines, the newest is seen, the keys reach each event, and the first one too', async () => {
  const bodies = Array.from({ length: 60 }, (_, nth) => ({ message: `line ${nth + 100}. ${LONG}` }))
  await publish(`${area}/a`, ...bodies)
  await openEvents('&wrap=1')
  await expect.poll(loaded).toBeGreaterThanOrEqual(60)
  await expect.poll(() => isSeen('line 159.')).toBe(true)
  const selected = page.locator('.row[aria-selected="true"]')
  for (let nth = 159; nth >= 100; nth--) {
    await page.keyboard.press('k')
    await selected.filter({ hasText: `line ${nth}.` }).waitFor()
    await expect.poll(() => isSeen(`line ${nth}.`), { message: String(nth) }).toBe(true)
  }
  await page.keyboard.press('End')
  await expect.poll(() => isSeen('line 159.')).toBe(true)
  await page.keyboard.press('Home')
  await expect.poll(() => isSeen('line 100.')).toBe(true)
  // A page shows what follows, and leaves nothing out.
  let now = await seenLines()
  const seen = new Set(now)
  while (!seen.has('159')) {
    const before = now.join()
    await page.keyboard.press('PageDown')
    await expect
      .poll(async () => {
        now = await seenLines()
        return now.join()
      })
      .not.toBe(before)
    for (const nth of now) seen.add(nth)
  }
  expect([...seen].sort()).toEqual(bodies.map((_, nth) => String(nth + 100)))
})
