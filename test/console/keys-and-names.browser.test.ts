import { beforeAll, describe, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { dialog, mode, row } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

const focused = () => page.evaluate<string>('document.activeElement.textContent')
const selectedTab = () => page.getByRole('tab', { selected: true }).textContent()

describe('keys of single characters', () => {
  it('can be switched off, which the browser remembers, and on again by mouse', async () => {
    await publish(`${area}/a`, { n: 1 })
    await openEvents()
    await row('n=1').waitFor()
    await page.keyboard.press('?')
    await dialog().getByLabel('Single characters are keys of the page').uncheck()
    expect(await faultsInLooks(page, '.sheet')).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('k')
    await page.keyboard.press('?')
    await page.keyboard.press('ArrowUp')
    await page.locator('.row[aria-selected="true"]').waitFor()
    expect(await dialog().count()).toBe(0)
    await page.reload()
    await row('n=1').waitFor()
    await mode('paused')
    await page.keyboard.press('W')
    await page.keyboard.press('Space')
    await mode('live')
    await expect.poll(() => page.url()).not.toContain('wrap')
    await page.getByRole('button', { name: 'Keys' }).click()
    await dialog().getByLabel('Single characters are keys of the page').check()
    await page.keyboard.press('Escape')
    await page.keyboard.press('W')
    await expect.poll(() => page.url()).toContain('wrap=1')
  })
})

describe('somebody who uses the keys alone', () => {
  it('goes past the filter and the values to the events', async () => {
    await publish(`${area}/a`, { n: 1 })
    await openEvents()
    await row('n=1').waitFor()
    const skip = page.getByRole('button', { name: 'Go to the events' })
    await skip.focus()
    expect(await skip.isVisible()).toBe(true)
    await page.keyboard.press('Enter')
    await expect.poll(focused).toContain('n=1')
  })

  it('goes through the tabs of an event with arrow keys, with one stop for all', async () => {
    await publish(`${area}/a`, { n: 1 })
    await openEvents()
    await row('n=1').click()
    await page.getByRole('tab', { name: 'Tree' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await selectedTab()).toBe('Raw')
    expect(await focused()).toBe('Raw')
    await page.keyboard.press('End')
    const last = await page.getByRole('tab').last().textContent()
    expect(await selectedTab()).toBe(last)
    await page.keyboard.press('ArrowRight')
    expect(await selectedTab()).toBe('Tree')
    await page.keyboard.press('Home')
    expect(await selectedTab()).toBe('Tree')
    expect(await page.locator('[role="tab"][tabindex="0"]').count()).toBe(1)
    const controlled = await page.getByRole('tab', { selected: true }).getAttribute('aria-controls')
    expect(await page.locator(`#${controlled}`).getAttribute('role')).toBe('tabpanel')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('tabpanel')
  })
})

describe('somebody who hears the page', () => {
  it('hears which field and value a button of an event is about, and how bad an event is', async () => {
    await publish(`${area}/a`, { level: 'error', '': 'nameless', code: 5 })
    await openEvents()
    await row('nameless').waitFor()
    await page.getByRole('gridcell', { name: 'error', exact: true }).waitFor()
    await row('nameless').click()
    await page.getByRole('button', { name: 'Only events with data.code = 5' }).waitFor()
    await page.getByText('no name').waitFor()
    expect(await faultsInLooks(page, '.detail')).toEqual([])
    await page.getByRole('button', { name: 'Only events without data.code = 5' }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('not')).toBe('data.code=5')
  })
})

describe('the way to go on', () => {
  it('lies over no row of a list that stands', async () => {
    await publish(`${area}/a`, ...Array.from({ length: 80 }, (_, n) => ({ n: n + 100 })))
    await openEvents()
    await row('n=179').waitFor()
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 740 })
      if (width === 1440) await page.keyboard.press('Space')
      const overlap = async () => {
        const pill = (await page.locator('.pill').boundingBox())!
        const last = (await row('n=179').boundingBox())!
        return Math.max(last.y + last.height - pill.y - 1, pill.y + pill.height - 740)
      }
      await expect.poll(overlap, { message: String(width) }).toBeLessThanOrEqual(0)
    }
  })

  it('is what others continue with, as command, address and code', async () => {
    await publish(`${area}/a`, { n: 1 })
    await openEvents()
    await row('n=1').waitFor()
    await page.keyboard.press('Space')
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).toBeTruthy()
    const at = new URL(page.url()).searchParams.get('at')!
    await page.getByRole('button', { name: 'Share' }).click()
    await expect.poll(() => dialog().locator('pre').allTextContents()).toHaveLength(4)
    for (const text of await dialog().locator('pre').allTextContents()) expect(text).toContain(at)
  })
})

it('what is not counted yet says so, and a field without a value too', async () => {
  await publish(`${area}/a`, { n: 1 })
  await openPage({ path: '/view/bus' })
  let answer = () => {}
  const held = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/v1/events.{histogram,facets}', async (route) => {
    await held
    await route.continue()
  })
  await page.goto(page.url().replace(/\/view.*/, `/view/events?filter=${area}/&facet=data.none`))
  await row('n=1').waitFor()
  await page.locator('.histogram').getByText('counting …').waitFor()
  await page.locator('.facets').getByText('counting …').first().waitFor()
  answer()
  await page.locator('.facets').getByText('no value').first().waitFor()
  await page.getByText('1 event, exact').waitFor()
  await expect.poll(() => page.getByText('counting …').count()).toBe(0)
})

it('a first visit is no error in the console of the browser', async () => {
  const errors: string[] = []
  await openPage({ as: 'nobody', path: '/' })
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.reload()
  await page.getByRole('button', { name: 'Log in' }).waitFor()
  expect(errors).toEqual([])
})

it('entries of the colours that have no room are shown when somebody asks for them', async () => {
  for (const type of ['first', 'second', 'third', 'fourth', 'fifth'])
    await publish(`${area}/${type.repeat(6)}`, { n: 1 })
  await openEvents('&by=tag')
  await page.setViewportSize({ width: 768, height: 740 })
  const entries = page.locator('.legend button')
  await expect.poll(() => entries.count()).toBeGreaterThan(3)
  await page.getByRole('button', { name: 'All that have a colour' }).click()
  const legend = (await page.locator('.legend').boundingBox())!
  const last = (await entries.last().boundingBox())!
  expect(last.y + last.height).toBeLessThanOrEqual(legend.y + legend.height + 1)
  expect(await faultsInLooks(page, '.histogram')).toEqual([])
})
