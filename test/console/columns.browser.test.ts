import { beforeAll, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, dialog, inAddress, row } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

const column = (n: number) => row(`n=${n}`).locator('.column').allTextContents()

it('fields are shown as columns of choice, which are in the address and in views', async () => {
  await publish(`${area}/a`, { n: 1, job: { id: 'x\u202e', list: [1, 2] } }, { n: 2 })
  await openEvents('&facet=data.job.id&col=data.job.list')
  await row('n=1').waitFor()
  await expect.poll(() => column(1)).toEqual(['[2]'])
  await page.getByRole('button', { name: 'Show data.job.id as a column' }).click()
  await page.getByRole('button', { name: 'Show type as a column' }).click()
  await expect.poll(() => column(1)).toEqual(['[2]', 'x\\u{202e}', 'tocsin.event'])
  await expect.poll(() => column(2)).toEqual(['', '', 'tocsin.event'])
  await expect.poll(() => inAddress('col')).toEqual(['data.job.list', 'data.job.id', 'type'])
  expect(await faultsInLooks(page, '.middle')).toEqual([])
  expect(await faultsInLooks(page, '.facets')).toEqual([])
  await page.keyboard.press('v')
  await dialog().getByRole('textbox', { name: 'Name' }).fill('with columns')
  await page.keyboard.press('Enter')
  const link = dialog().getByRole('link', { name: 'with columns' })
  expect(await link.getAttribute('href')).toContain('col=data.job.id')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Take away the column data.job.id' }).click()
  await expect.poll(() => column(1)).toEqual(['[2]', 'tocsin.event'])
  await page.goBack()
  await expect.poll(() => column(1)).toEqual(['[2]', 'x\\u{202e}', 'tocsin.event'])
})

it('columns have room on every width, and only what a row can show is one', async () => {
  await publish(`${area}/a`, { n: 1 })
  await openEvents(`${'abcdefgh'.replace(/./g, '&col=data.$&')}&col=tag&col=host`)
  await row('n=1').waitFor()
  await expect.poll(() => column(1)).toHaveLength(6)
  for (const width of [360, 768, 1440, 2560]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await beyond(), String(width)).toBe(0)
    await row('n=1').waitFor()
    const tagWidth = async () => (await row('n=1').locator('.tag').boundingBox())!.width
    await expect.poll(tagWidth, { message: String(width) }).toBeGreaterThan(170)
  }
})
