import { beforeAll, describe, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, dialog, row } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish, tokenOf } from './shared-console.js'

describe('the page', () => {
  beforeAll(() =>
    openSite({
      config: {
        principals: { ann: { see: '*' }, bob: { see: '*', publish: 'allowed/' } },
      },
    }),
  )

  const field = (name: string) =>
    dialog().getByRole('textbox', { name }).or(dialog().getByRole('combobox', { name }))
  const press = (name: string) => dialog().getByRole('button', { name, exact: true }).click()

  it('publishes an event, with tags that are offered and the fields of its type', async () => {
    await publish(`${area}/known`, {})
    await openEvents()
    await row(`${area}/known`).waitFor()
    await page.keyboard.press('p')
    await field('Tag').fill(`${area}/`)
    await page.locator(`datalist option[value="${area}/known"]`).waitFor({ state: 'attached' })
    await field('Tag').fill(`${area}/new`)
    await field('Data, in JSON').fill('{"from": "the page"')
    await press('Publish')
    await dialog().getByRole('alert').filter({ hasText: 'This is no JSON' }).waitFor()
    expect(await dialog().evaluate((own) => own.clientWidth)).toBeGreaterThan(500)
    expect(await faultsInLooks(page, '.sheet')).toEqual([])
    await field('Data, in JSON').fill('{"from": "the page"}')
    await press('Publish')
    await dialog().getByText('Published.').waitFor()
    await dialog().getByRole('link').click()
    await page.getByRole('region', { name: `Event ${area}/new` }).waitFor()
  })

  it('shows the fields of a type that the hub knows, and adds them', async () => {
    await openEvents()
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    const types: string[] = []
    page.on('request', (request) => types.push(...(/\/v1\/types\/(.*)/.exec(request.url())?.slice(1) ?? [])))
    await field('Tag').fill('nothing/known')
    await page.locator('datalist').waitFor({ state: 'attached' })
    await field('Tag').fill('hub/source/x')
    const first = dialog().locator('.fields button').first()
    await first.waitFor()
    const name = (await first.textContent())!.slice(2)
    expect(types).not.toContain('tocsin.event')
    await first.click()
    expect(Object.keys(JSON.parse(await field('Data, in JSON').inputValue()) as object)).toEqual([name])
    expect(await faultsInLooks(page, '.sheet')).toEqual([])
    for (const width of [360, 768, 1440, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await beyond('.sheet'), String(width)).toBe(0)
    }
  })

  it('publishes only for those who may, and only what they may', async () => {
    await openPage({ as: await tokenOf('ann'), path: '/view/events' })
    expect(await page.getByRole('button', { name: 'Publish', exact: true }).count()).toBe(0)
    await page.context().close()
    await openPage({ as: await tokenOf('bob'), path: '/view/events' })
    await page.keyboard.press('p')
    await field('Tag').fill('other/x')
    await press('Publish')
    await dialog().getByRole('alert').filter({ hasText: 'It did not work' }).waitFor()
    await field('Tag').fill('allowed/x')
    await press('Publish')
    await dialog().getByText('Published.').waitFor()
  })
})
