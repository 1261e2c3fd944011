import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { faults } from './axe.js'
import { type OpenConsole, openConsole } from './open-console.js'

let site: OpenConsole
const pages: Page[] = []

beforeAll(async () => {
  site = await openConsole({ config: { principals: { ann: { see: '*' } } } })
})

afterAll(() => site?.[Symbol.asyncDispose]())

afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close()
  expect(site.complaints.splice(0)).toEqual([])
})

async function open(path: string, as?: string): Promise<Page> {
  const page = await site.newPage({ path, as })
  pages.push(page)
  await page.locator('[data-ready]').waitFor()
  return page
}

async function openViews(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('dialog', { name: 'Named views' }).waitFor()
}

async function save(page: Page, name: string, shared = false): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  if (shared) await page.getByRole('checkbox', { name: 'for all who use this hub' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
}

it('a view is kept with its filter, values, fields and time, and opened again', async () => {
  const params = 'filter=salt/job/&where=data.n+%3E+1&is=source%3Da&facet=data.id&range=6h&by=source'
  const page = await open(`/view/events?${params}&at=x-1`)
  await openViews(page)
  await save(page, 'failed <b>jobs</b>')
  await page.getByRole('link', { name: 'failed <b>jobs</b>' }).waitFor()
  await page.goto(`${site.url}/view/events`)
  await page.locator('[data-ready]').waitFor()
  await page.keyboard.press('v')
  await page.getByRole('link', { name: 'failed <b>jobs</b>' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const { searchParams } = new URL(page.url())
  const kept = new URLSearchParams(params)
  for (const [name, value] of kept) expect(searchParams.get(name), name).toBe(value)
  expect(searchParams.get('is')).toBe('source=a')
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Filter' }).inputValue())
    .toBe('salt/job/ where data.n > 1')
})

it('a view is renamed, replaced on purpose, and deleted', async () => {
  const page = await open('/view/events?filter=a/')
  await openViews(page)
  await save(page, 'one')
  await page.getByRole('button', { name: 'Rename one' }).click()
  expect(await faults(page)).toEqual([])
  await page.getByRole('textbox', { name: 'New name of one' }).fill('two')
  await page.getByRole('textbox', { name: 'New name of one' }).press('Enter')
  await page.getByRole('link', { name: 'two' }).waitFor()
  expect(await page.getByRole('link', { name: 'one' }).count()).toBe(0)
  await page.keyboard.press('Escape')
  await page.goto(`${site.url}/view/events?filter=b/`)
  await openViews(page)
  await save(page, 'two')
  await page.getByText('You have a view named two already.').waitFor()
  await page.getByRole('button', { name: 'Replace' }).click()
  await expect.poll(() => page.getByRole('link', { name: 'two' }).getAttribute('href')).toContain('filter=b/')
  await page.getByRole('button', { name: 'Delete two' }).click()
  await page.getByRole('button', { name: 'Really delete two?' }).click()
  await page.getByRole('link', { name: 'two' }).waitFor({ state: 'detached' })
  expect(await page.evaluate('document.activeElement.className')).toBe('dialog')
})

it('others see a view that is shared, with its owner, and cannot change it', async () => {
  const page = await open('/view/events?filter=c/')
  await openViews(page)
  await save(page, 'private')
  await page.getByRole('link', { name: 'private' }).waitFor()
  await save(page, 'common', true)
  await page.getByRole('link', { name: 'common' }).waitFor()
  const { token } = await site.manage<{ token: string }>('tokens.add', { name: 'reads', principal: 'ann' })
  const other = await open('/view/events', token)
  await openViews(other)
  await other.getByRole('link', { name: 'common' }).waitFor()
  await other.getByText('by admin').waitFor()
  expect(await other.getByRole('link', { name: 'private' }).count()).toBe(0)
  expect(await other.getByRole('button', { name: /^(Rename|Delete) common/ }).count()).toBe(0)
})
