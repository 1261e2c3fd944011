import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { ResultOf } from '../../src/methods/contract/index.js'
import { faults } from './axe.js'
import { dialog, panel, rowIn } from './page-parts.js'
import { openPage, openSite, page, publish, site, tokenOf } from './shared-console.js'

beforeAll(async () => {
  const alert = {
    severity: 'critical',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of the product.
    labels: { host: '${data.host}' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of the product.
    summary: '${data.host} is full',
    resolve: 'byHand',
  } as const
  await openSite({
    config: {
      rules: { disk: { filter: 'in/full', by: 'data.host', alert } },
      principals: { otto: { see: 'alert/', monitor: true } },
    },
  })
  await publish('in/full', { host: 'web1' }, { host: 'web 2' })
  await vi.waitFor(async () => expect((await list()).alerts).toHaveLength(2), { timeout: 30_000 })
})

const list = () => site.manage<ResultOf<'alerts.list'>>('alerts.list', { all: true })
const openAlerts = (as?: string) => openPage({ path: '/view/alerts', as })
const FIRING = 'Alerts that fire'

describe('the page of alerts', () => {
  it('shows those that fire, with the event that has begun each', async () => {
    await openAlerts()
    await rowIn(FIRING, 'web1 is full').getByRole('img', { name: 'critical' }).waitFor()
    await panel('Silences').getByText('There is no silence.').waitFor()
    expect(await faults(page)).toEqual([])
    await page.getByRole('link', { name: 'web1 is full' }).click()
    await page.getByRole('region', { name: /^Event / }).waitFor()
  })

  it('keeps what was typed for a silence when the hub refuses it, and blames nothing before', async () => {
    await openAlerts()
    await page.getByRole('button', { name: 'New silence …' }).click()
    const match = dialog().getByLabel('Alerts with all of these')
    await expect.poll(() => match.evaluate((own) => own === own.ownerDocument.activeElement)).toBe(true)
    expect(await dialog().getByRole('status').textContent()).toBe('')
    await page.keyboard.type('host')
    await dialog().getByText('Name at least one match').waitFor()
    await page.keyboard.type('=web9')
    await dialog().getByLabel('Why').fill('new disks')
    await page.route('**/alerts.silence', (route) => route.fulfill({ status: 502, json: {} }))
    const make = dialog().getByRole('button', { name: 'Silence', exact: true })
    await make.focus()
    await page.keyboard.press('Enter')
    await dialog().getByRole('status').filter({ hasText: '502' }).waitFor()
    expect(await make.evaluate((own) => own === own.ownerDocument.activeElement)).toBe(true)
    expect(await match.inputValue()).toBe('host=web9')
  })

  it('makes a silence with an end of what the reader chooses, and ends it', async () => {
    await openAlerts()
    await rowIn(FIRING, 'web 2').getByRole('button', { name: 'Silence …' }).click()
    const match = dialog().getByLabel('Alerts with all of these')
    expect(await match.inputValue()).toBe('rule=disk host="web 2"')
    const make = dialog().getByRole('button', { name: 'Silence', exact: true })
    expect(await make.isDisabled()).toBe(true)
    await dialog().getByLabel('Why').fill('new disks')
    await dialog().getByLabel('For how long').fill('soon')
    await dialog().getByText('Say for how long, such as 2h.').waitFor()
    expect(await make.isDisabled()).toBe(true)
    await dialog().getByRole('button', { name: '4h' }).click()
    expect(await faults(page)).toEqual([])
    await make.click()
    await rowIn('Silences', 'new disks').waitFor()
    await rowIn(FIRING, 'web 2').getByText('silenced').waitFor()
    const { silences } = await list()
    expect(silences).toMatchObject([{ matchers: { rule: 'disk', host: 'web 2' }, why: 'new disks' }])
    expect(silences[0].until - silences[0].from).toBeGreaterThan(3.9 * 3600e6)
    expect(silences[0].until - silences[0].from).toBeLessThan(4.1 * 3600e6)
    await rowIn('Silences', 'new disks').getByRole('button', { name: 'End' }).click()
    await panel('Silences').getByText('There is no silence.').waitFor()
  })

  it('ends an alert by hand when the reader agrees', async () => {
    await publish('in/full', { host: 'web3' })
    await openAlerts()
    await rowIn(FIRING, 'web3').getByRole('button', { name: 'End …' }).click()
    await dialog().getByText('“web3 is full”').waitFor()
    await dialog().getByRole('button', { name: 'End', exact: true }).click()
    await page.getByText('An alert of disk was ended.').waitFor()
    await rowIn(FIRING, 'web3').waitFor({ state: 'detached' })
  })

  it('offers nothing to those that may only look', async () => {
    await openAlerts(await tokenOf('otto'))
    await rowIn(FIRING, 'web1').waitFor()
    await panel('Silences').waitFor()
    expect(await page.getByRole('button', { name: /Silence|End/ }).count()).toBe(0)
  })
})
