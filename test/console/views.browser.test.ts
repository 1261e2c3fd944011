import { beforeAll, expect, it } from 'vitest'
import { faults } from './axe.js'
import { dialog, filter, inAddress } from './page-parts.js'
import { openPage, openSite, page, site, tokenOf } from './shared-console.js'

beforeAll(() => openSite({ config: { principals: { ann: { see: '*' } } } }))

async function openViews(): Promise<void> {
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('dialog', { name: 'Named views' }).waitFor()
}

async function save(name: string, shared = false): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name)
  if (shared) await page.getByRole('checkbox', { name: 'for all who use this hub' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
}

it('a view is kept with its filter, values, fields and time, and opened again', async () => {
  const params = 'filter=salt/job/&where=data.n+%3E+1&is=source%3Da&facet=data.id&range=6h&by=source'
  await openPage({ path: `/view/events?${params}&at=x-1` })
  await openViews()
  await save('failed <b>jobs</b>')
  await page.getByRole('link', { name: 'failed <b>jobs</b>' }).waitFor()
  await page.goto(`${site.url}/view/events`)
  await page.locator('[data-ready]').waitFor()
  await page.keyboard.press('v')
  await page.getByRole('link', { name: 'failed <b>jobs</b>' }).click()
  await dialog().waitFor({ state: 'detached' })
  const kept = new URLSearchParams(params)
  for (const [name, value] of kept)
    await expect.poll(() => inAddress(name), { message: name }).toEqual([value])
  expect(inAddress('is')).toEqual(['source=a'])
  await expect.poll(() => filter().inputValue()).toBe('salt/job/ where data.n > 1')
})

it('a view is renamed, replaced on purpose, and deleted', async () => {
  await openPage({ path: '/view/events?filter=a/' })
  await openViews()
  await save('one')
  await page.getByRole('button', { name: 'Rename one' }).click()
  expect(await faults(page)).toEqual([])
  await page.getByRole('textbox', { name: 'New name of one' }).fill('two')
  await page.getByRole('textbox', { name: 'New name of one' }).press('Enter')
  await page.getByRole('link', { name: 'two' }).waitFor()
  expect(await page.getByRole('link', { name: 'one' }).count()).toBe(0)
  await page.keyboard.press('Escape')
  await page.goto(`${site.url}/view/events?filter=b/`)
  await openViews()
  await save('two')
  await page.getByText('You have a view named two already.').waitFor()
  await page.getByRole('button', { name: 'Replace' }).click()
  await expect.poll(() => page.getByRole('link', { name: 'two' }).getAttribute('href')).toContain('filter=b/')
  await page.getByRole('button', { name: 'Delete two' }).click()
  await page.getByRole('button', { name: 'Really delete two?' }).click()
  await page.getByRole('link', { name: 'two' }).waitFor({ state: 'detached' })
  await expect.poll(() => page.evaluate('document.activeElement.className')).toBe('dialog')
})

it('others see a view that is shared, with its owner, and cannot change it', async () => {
  await openPage({ path: '/view/events?filter=c/' })
  await openViews()
  await save('private')
  await page.getByRole('link', { name: 'private' }).waitFor()
  await save('common', true)
  await page.getByRole('link', { name: 'common' }).waitFor()
  await openPage({ path: '/view/events', as: await tokenOf('ann') })
  await openViews()
  await page.getByRole('link', { name: 'common' }).waitFor()
  await page.getByText('by admin').waitFor()
  expect(await page.getByRole('link', { name: 'private' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: /^(Rename|Delete) common/ }).count()).toBe(0)
})
