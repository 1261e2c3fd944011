import { beforeAll, describe, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, dialog, row } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

const param = (name: string) => new URL(page.url()).searchParams.get(name)
const at = (name: string) => Date.parse(param(name) ?? '')
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
const MINUTE = 60_000

async function type(text: string): Promise<void> {
  await page.keyboard.press('t')
  await page.getByRole('textbox', { name: 'From when' }).fill(text)
  await page.keyboard.press('Enter')
}

describe('the time', () => {
  it('is typed, moved, made longer and left again', async () => {
    await publish(`${area}/x`, { n: 1 })
    await openEvents()
    await row('n=1').waitFor()
    await type('02:30-03:10 yesterday')
    await dialog().waitFor({ state: 'detached' })
    await page.getByText('0 events, exact').waitFor()
    await page.getByText('No event of this time matches.').waitFor()
    await expect.poll(() => row('n=1').count()).toBe(0)
    expect(at('to') - at('from')).toBe(40 * MINUTE)
    const from = at('from')
    await press('Earlier by its own length')
    expect(at('from')).toBe(from - 40 * MINUTE)
    await press('Later by its own length')
    expect(at('from')).toBe(from)
    await press('Three times as long')
    expect([at('from'), at('to')]).toEqual([from - 40 * MINUTE, from + 80 * MINUTE])
    await page.goBack()
    await expect.poll(() => at('from')).toBe(from)
    await press('Whole time again')
    await row('n=1').waitFor()
    expect(param('from')).toBeNull()
  })

  it('stays live when it is a span up to now, and is in the list of spans', async () => {
    await openEvents()
    await page.getByRole('combobox', { name: 'Time' }).selectOption('other …')
    await page.getByRole('textbox', { name: 'From when' }).fill('-90m')
    await page.keyboard.press('Enter')
    await expect.poll(() => param('range')).toBe('90m')
    expect(await page.getByRole('combobox', { name: 'Time' }).inputValue()).toBe('90m')
    await publish(`${area}/x`, { n: 'new' })
    await row('n=new').waitFor()
    expect(param('from')).toBeNull()
  })

  it('that cannot be read stays to be corrected, with the reason', async () => {
    await openEvents()
    await type('tomorrow')
    await page.getByRole('alert').filter({ hasText: '"tomorrow" is no position' }).waitFor()
    expect(await faultsInLooks(page, '.sheet')).toEqual([])
    await page.getByRole('button', { name: 'yesterday', exact: true }).click()
    await page.keyboard.press('Enter')
    await dialog().waitFor({ state: 'detached' })
    expect(at('to') - at('from')).toBeGreaterThan(22 * 60 * MINUTE)
  })

  it('that is no time in the address is said, and everything else works', async () => {
    await publish(`${area}/n`, { n: 1 })
    await openEvents('&from=nonsense')
    await page.getByText('"nonsense" is no position').last().waitFor()
    await page.getByRole('button', { name: 'Whole time again' }).click()
    await row('n=1').waitFor()
  })

  it('that is no time in an address of the same page leaves nothing that says it is counting', async () => {
    await publish(`${area}/n`, { n: 1 })
    await openEvents()
    await page.getByText('1 event, exact').waitFor()
    const address = `${new URL(page.url()).search}&from=nonsense`
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(address)})`)
    await page.evaluate(`dispatchEvent(new PopStateEvent('popstate'))`)
    await page.getByText('not up to date: ').waitFor()
    expect(await page.getByText('counting …').count()).toBe(0)
  })

  it('begins or ends with an event', async () => {
    for (const n of [1, 2, 3]) await publish(`${area}/x`, { n })
    await openEvents()
    await row('n=2').click()
    await press('Until here')
    await expect.poll(() => row('n=3').count()).toBe(0)
    await row('n=1').waitFor()
    await row('n=2').waitFor()
    await page.getByText('2 events, exact').waitFor()
    expect(at('to') - at('from')).toBe(15 * MINUTE)
    await press('Whole time again')
    await row('n=3').waitFor()
    await row('n=2').click()
    await press('From here on')
    await expect.poll(() => row('n=1').count()).toBe(0)
    await row('n=2').waitFor()
    await row('n=3').waitFor()
    await page.getByText('2 events, exact').waitFor()
    await page.getByRole('region', { name: /^Event / }).waitFor()
  })

  it('is shown in UTC everywhere, if the reader wants that, also later', async () => {
    const cursor = await publish(`${area}/x`, { n: 1 })
    await openEvents(`&event=${cursor}`)
    const shown = page.locator('.detail .facts dd').nth(2)
    await shown.waitFor()
    await page.keyboard.press('t')
    await page.getByRole('checkbox', { name: 'Show times in UTC' }).check()
    await page.keyboard.press('Escape')
    await expect.poll(() => shown.textContent()).toMatch(/\+00:00$/)
    const [, time] = (await shown.textContent())!.split(' ')
    await row(time).waitFor()
    await page.reload()
    await expect.poll(() => shown.textContent()).toMatch(/\+00:00$/)
  })

  it('has room on every width', async () => {
    await openEvents('&from=2026-11-20T02:30:00Z&to=2026-11-20T03:10:00Z')
    await page.getByRole('button', { name: 'Three times as long' }).waitFor()
    const field = page.getByRole('combobox', { name: 'Filter' })
    for (const width of [360, 768, 1440, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await beyond(), String(width)).toBe(0)
      expect((await field.boundingBox())?.width, String(width)).toBeGreaterThan(200)
    }
    expect(await faultsInLooks(page, '.bar')).toEqual([])
  })
})
