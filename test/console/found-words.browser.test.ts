import { beforeAll, describe, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { applyFilter, filter, row } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(async () => {
  await openSite()
})

/** The texts that are marked on the page, in its order. */
const marked = () =>
  page.evaluate<string[]>(
    "[...(CSS.highlights.get('found') ?? [])].map((range) => range.startContainer.data.slice(range.startOffset, range.endOffset))",
  )

describe('words of the filter', () => {
  it('are marked in the rows that have them, also in those that come, and not within longer words', async () => {
    await publish(`${area}/a`, { text: 'card refused, discard it, card' }, { text: 'cards' })
    await openEvents()
    await applyFilter(`${area}/ "card"`)
    await row('card refused').waitFor()
    await expect.poll(marked).toEqual(['card', 'card'])
    await publish(`${area}/a`, { text: 'another card' })
    await row('another card').waitFor()
    await expect.poll(marked).toEqual(['card', 'card', 'card'])
  })

  it('are marked in the event that is open', async () => {
    await publish(`${area}/a`, { message: 'short', reason: { code: 'E42 timeout' } }, { message: 'coin' })
    await openEvents()
    await row('coin').waitFor()
    await applyFilter(`${area}/ "timeout"`)
    await row('coin').waitFor({ state: 'detached' })
    await row('short').click()
    const detail = page.getByRole('region').filter({ hasText: 'E42 timeout' })
    await detail.first().waitFor()
    await expect.poll(async () => (await marked()).length).toBeGreaterThan(1)
    expect(new Set(await marked())).toEqual(new Set(['timeout']))
  })

  it('may be empty while they are typed', async () => {
    await publish(`${area}/a`, { text: 'card' })
    await openEvents()
    for (const words of ['"', '""']) {
      await applyFilter(`${area}/ ${words}`)
      await expect.poll(marked).toEqual([])
    }
    await applyFilter(`${area}/ "card"`)
    await expect.poll(marked).toEqual(['card'])
  })

  it('are marked no longer when the filter has none, and unwanted ones never are', async () => {
    await publish(`${area}/a`, { text: 'card' }, { text: 'coin' })
    await openEvents()
    await applyFilter(`${area}/ "card"`)
    await expect.poll(marked).toEqual(['card'])
    await applyFilter(`${area}/ !"card"`)
    await row('coin').waitFor()
    await expect.poll(marked).toEqual([])
    expect(await filter().inputValue()).toContain('!"card"')
  })
})

it('a word with which no tag begins is searched in all text when the reader wants that', async () => {
  await publish(`${area}/a`, { text: 'power of rack17 is lost' })
  await openEvents()
  await row('rack17').waitFor()
  await applyFilter('rack17')
  await page.getByText('No tag begins with rack17.').waitFor()
  expect(await faultsInLooks(page, '.list')).toEqual([])
  await page.getByRole('button', { name: 'Search it in all text' }).click()
  await row('power of rack17').waitFor()
  await expect.poll(marked).toEqual(['rack17'])
  await applyFilter(`${area}/nothing`)
  await page.getByText('No event matches yet.').waitFor()
  expect(await page.getByRole('button', { name: 'Search it in all text' }).count()).toBe(0)
})
