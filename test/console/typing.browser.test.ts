import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dialog, drawn, filter, hold, inAddress, loaded, mode, row } from './page-parts.js'
import { openPage, openSite, page, publish, site } from './shared-console.js'

beforeAll(async () => {
  await openSite()
  for (let n = 0; n < 5; n++) await publish('typed/n', { n, pad: 'x'.repeat(n * 1000) })
})

beforeEach(async () => {
  await openPage({ path: '/view/events?filter=typed/' })
  await row('n=4').waitFor()
})

const selected = () => page.locator('[aria-selected="true"].row').textContent()
const suggestions = () => page.locator('#completions > *')
const focused = () => page.evaluate<string>('document.activeElement.className')

describe('the suggestions for a filter', () => {
  it('replace also what was typed since they came', async () => {
    await filter().fill('typ')
    await page.getByRole('option', { name: 'typed/' }).waitFor()
    await page.route('**/v1/tags.complete', () => {})
    await filter().press('e')
    await filter().press('Tab')
    expect(await filter().inputValue()).toBe('typed/')
  })

  it('do not come after the field was left', async () => {
    const goOn = await hold('**/v1/tags.complete')
    const asked = page.waitForRequest('**/v1/tags.complete')
    await filter().focus()
    const late = await asked
    await filter().press('Escape')
    goOn()
    await (await late.response())!.finished()
    await page.evaluate('new Promise((done) => setTimeout(done, 0))')
    expect(await page.locator('#completions > *').count()).toBe(0)
  })

  it('are the fields that the latest events of the patterns have, one level at a time, with a value', async () => {
    await using client = await site.hub.connect()
    await client.publish('fields/a', { job: { id: 7, 'two words': 1 }, 'le\u202evel': 1, level: 'low' })
    await client.publish('fields/a', { job: { id: 8, name: 'backup' }, level: 'high\u202e' })
    const options = () => suggestions().allTextContents()
    await filter().fill('fields/ where data.')
    await expect.poll(options).toEqual(['data.job.', 'data.levelhigh\\u{202e}'])
    await filter().press('j')
    await expect.poll(options).toEqual(['data.job.'])
    await filter().press('Tab')
    await expect.poll(options).toEqual(['data.job.id8', 'data.job.namebackup'])
    expect(await filter().inputValue()).toBe('fields/ where data.job.')
    await filter().press('n')
    await expect.poll(options).toEqual(['data.job.namebackup'])
    await filter().press('Tab')
    expect(await filter().inputValue()).toBe('fields/ where data.job.name')
  })

  it('are asked for at most every 200 ms, and are those of the whole text in the end', async () => {
    await filter().focus()
    await suggestions().first().waitFor()
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/v1/tags.complete'))
        asked.push((request.postDataJSON() as { prefix: string }).prefix)
    })
    await filter().fill('')
    const began = Date.now()
    await filter().pressSequentially('typed/n')
    await expect.poll(() => asked.at(-1)).toBe('typed/n')
    expect(asked.length).toBeLessThanOrEqual(2 + (Date.now() - began) / 200)
  })

  it('are not taken with the key that ends the composition of a character', async () => {
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await filter().fill('typed/ where data.n = 4')
    await page.evaluate(
      "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))",
    )
    await filter().press('Enter')
    await expect.poll(loaded).toBe(2)
    expect(asked.filter((url) => url.endsWith('filters.explain'))).toHaveLength(1)
  })
})

it('a text in a filter in JSON is no condition', async () => {
  await filter().fill('t')
  await suggestions().first().waitFor()
  await filter().fill('{"exact": {"data.x": "a where t')
  await expect.poll(() => suggestions().count()).toBe(0)
})

it('a filter in JSON may have blanks, and is completed by nothing', async () => {
  const first = page.waitForRequest('**/v1/tags.complete')
  await filter().focus()
  await first
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  const json = '{"exact": { "data.n": 4 }}'
  await filter().fill('{"exact":')
  await filter().pressSequentially(json.slice('{"exact":'.length))
  await filter().press('Enter')
  await expect.poll(loaded).toBe(2)
  expect(await filter().inputValue()).toBe(json)
  await expect.poll(() => inAddress('filter')).toEqual([json])
  expect(asked.filter((url) => url.endsWith('/v1/tags.complete'))).toEqual([])
})

it('a time is chosen with keys in the counts over time, which say what is chosen', async () => {
  await page.goto(`${site.url}/view/events?filter=typed/&range=1d`)
  const chosen = page.locator('.histogram [role="status"]')
  await page.getByRole('img', { name: /^5 events from/ }).focus()
  await chosen.waitFor({ state: 'attached' })
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => chosen.textContent()).toMatch(/^0 events from /)
  expect(await page.locator('.histogram .chosen').count()).toBe(1)
  await page.keyboard.press('Escape')
  await expect.poll(() => chosen.textContent()).toBe('')
  expect(await page.locator('.histogram .chosen').count()).toBe(0)
  for (let bars = 0; bars < 3; bars++) await page.keyboard.press('Shift+ArrowLeft')
  await expect.poll(() => chosen.textContent()).toMatch(/^5 events from /)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Whole time again' }).waitFor()
  await expect.poll(() => inAddress('to')).toHaveLength(1)
  // Three bars of half an hour, of which the last has only begun.
  const minutes = (Date.parse(inAddress('to')[0]!) - Date.parse(inAddress('from')[0]!)) / 60_000
  expect(minutes).toBeGreaterThanOrEqual(60)
  expect(minutes).toBeLessThanOrEqual(90)
  expect(await chosen.textContent()).toBe('')
})

describe('the keys', () => {
  it('leave the list alone while a dialog is above it', async () => {
    await mode('live')
    await page.getByRole('button', { name: 'Share' }).click()
    await dialog().waitFor()
    for (const key of ['k', ' ', 'PageUp']) await page.keyboard.press(key)
    expect(await page.locator('.events').getAttribute('data-mode')).toBe('live')
    await page.keyboard.press('Escape')
    await page.keyboard.press('k')
    await mode('paused')
  })

  it('scroll what is shown of an event when that has the focus', async () => {
    await row('n=4').click()
    await page.getByRole('tab', { name: 'Hex' }).click()
    await page.getByRole('tabpanel').focus()
    await page.keyboard.press('PageDown')
    const place = () => page.evaluate<number>('document.activeElement.scrollTop')
    await expect.poll(place).toBeGreaterThan(0)
    await page.keyboard.press('ArrowUp')
    expect(await selected()).toContain('n=4')
    await page.keyboard.press('k')
    await expect.poll(selected).toContain('n=3')
  })

  it('open the selected event at what belongs to it and at what has changed, and are always listed', async () => {
    const event = page.getByRole('region', { name: 'Event typed/n' })
    const tab = (name: string) => page.getByRole('tab', { name, exact: true, selected: true })
    await page.keyboard.press('d')
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keys' })
    await keys.getByText('what has changed since the one before').waitFor()
    await keys.getByText('what belongs to it').waitFor()
    await page.keyboard.press('Escape')
    await keys.waitFor({ state: 'detached' })
    await page.keyboard.press('k')
    await expect.poll(selected).toContain('n=4')
    expect(await event.count()).toBe(0)
    await page.keyboard.press('d')
    await event.waitFor()
    await tab('Diff').waitFor()
    await page.keyboard.press('r')
    await tab('Related').waitFor()
    await page.keyboard.press('Escape')
    await event.waitFor({ state: 'detached' })
    await page.keyboard.press('k')
    await page.keyboard.press('r')
    await event.waitFor()
    await tab('Related').waitFor()
  })

  it('leave the focus in the row whose event they have opened', async () => {
    await page.keyboard.press('k')
    await page.keyboard.press('k')
    const before = await page.getByRole('grid').boundingBox()
    await page.keyboard.press('Enter')
    await page.getByRole('tabpanel').waitFor()
    await expect
      .poll(async () => (await page.getByRole('grid').boundingBox())!.width)
      .toBeLessThan(before!.width)
    await drawn()
    expect(await focused()).toBe('row')
  })
})
