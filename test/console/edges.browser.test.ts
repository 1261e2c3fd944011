import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { EdgeHub } from '../upstream/fixture.js'
import { faultsInLooks } from './axe.js'
import { applyFilter, dialog, filter, inAddress, loaded, mode, row } from './page-parts.js'
import { area, openPage, openSite, page, publish, site, tokenOf } from './shared-console.js'

const edges = new Map<string, EdgeHub>()

beforeAll(async () => {
  await openSite({
    config: { principals: { ann: { see: '*' }, ops: { see: '*', ask: ['web*'], monitor: true } } },
  })
  for (const name of ['web1', 'web2']) {
    const hub = await EdgeHub.start()
    const answers = { see: '*' as const, monitor: false }
    hub.forward({ servers: [site.hub.address], edge: name, filter: ['none/'], answers })
    edges.set(name, hub)
  }
  await vi.waitUntil(async () => (await attached()).length === 2, 20_000)
})

afterAll(async () => {
  for (const hub of edges.values()) await hub[Symbol.asyncDispose]()
})

async function attached(): Promise<string[]> {
  const status = await site.manage<{ edges?: { name: string; answers?: boolean }[] }>('hub.status', {})
  return (status.edges ?? []).filter(({ answers }) => answers).map(({ name }) => name)
}

const publishAt = (name: string, ...bodies: unknown[]) =>
  Promise.all(bodies.map((body) => edges.get(name)!.client.publish(`${area}/x`, body, { ack: 'durable' })))
const scope = (name: string) => page.getByRole('button', { name, exact: true })
const openScope = (params = '') => openPage({ path: `/view/events?edges=web*&filter=${area}/${params}` })

describe('events of edge hubs', () => {
  it('are shown in one order with the names of their hubs, when somebody chooses these', async () => {
    await publishAt('web1', { n: 1 })
    // The clocks of the hubs may differ by some milliseconds.
    const after = Date.now() + 6
    await vi.waitUntil(() => Date.now() > after)
    await publishAt('web2', { n: 2 })
    await publish(`${area}/x`, { n: 'of this hub' })
    await openPage({ path: `/view/events?filter=${area}/` })
    await row('of this hub').waitFor()
    await scope('This hub').click()
    await dialog().getByRole('button', { name: 'web1' }).waitFor()
    expect(await faultsInLooks(page)).toEqual([])
    await dialog().getByLabel('Names, globs and labels of edge hubs').fill('web*')
    await page.keyboard.press('Enter')
    await page.getByText('2 of 2 edge hubs answered').waitFor()
    await expect.poll(loaded).toBe(3)
    const shown = await page
      .getByRole('row')
      .filter({ hasText: `${area}/x` })
      .allInnerTexts()
    expect(shown.map((text) => text.split('\n').slice(1))).toEqual([
      ['web1', `${area}/x`, 'n=1'],
      ['web2', `${area}/x`, 'n=2'],
    ])
    await expect.poll(() => inAddress('edges')).toEqual(['web*'])
    expect(await faultsInLooks(page)).toEqual([])
  })

  it('come as they are stored, and after a pause those that came meanwhile', async () => {
    await publishAt('web1', { first: 1 })
    await openScope()
    await mode('live')
    await publishAt('web2', { second: 2 })
    await row('second').waitFor()
    await page.keyboard.press('Space')
    await mode('paused')
    await publishAt('web1', { third: 3 })
    await page.keyboard.press('Space')
    await row('third').waitFor()
    await mode('live')
    await expect.poll(loaded).toBe(4)
  })

  it('are found by a filter and a condition, and older ones as somebody scrolls', async () => {
    await publishAt('web1', ...Array.from({ length: 400 }, (_, n) => ({ n, odd: n % 2 === 1 })))
    await openScope()
    await mode('live')
    await page.keyboard.press('Home')
    await expect.poll(loaded).toBe(401)
    await applyFilter(`${area}/ where data.odd = TRUE`)
    await expect.poll(loaded).toBe(201)
    expect(await filter().inputValue()).toContain('data.odd')
  })

  it('open in full, without what only the log of this hub has', async () => {
    await publishAt('web2', { message: 'the disk is full' })
    await openScope()
    await row('the disk is full').click()
    const detail = page.getByRole('region', { name: `Event ${area}/x` })
    await detail.getByText('web2', { exact: true }).first().waitFor()
    expect(await detail.getByRole('tab').allInnerTexts()).toEqual(['Tree', 'Raw', 'Hex'])
    expect(await detail.getByRole('button', { name: 'Replay from here' }).count()).toBe(0)
    expect(await faultsInLooks(page)).toEqual([])
  })

  it('have addresses that open them, also among events of other edge hubs and with a filter', async () => {
    await publishAt('web1', { message: 'of web1' })
    await publishAt('web2', { message: 'before it' }, { message: 'the one' }, { message: 'after it' })
    await openScope()
    await row('the one').click()
    const detail = () => page.getByRole('region', { name: `Event ${area}/x` })
    await detail().getByText('the one').waitFor()
    await expect.poll(() => inAddress('event').join()).toMatch(/^\w+-\d+@web2@\d+$/)
    const link = page.url()
    await detail().getByRole('button', { name: 'Copy link' }).waitFor()
    await page.context().close()
    await openPage({ path: link.slice(site.url.length) })
    await detail().getByText('the one').waitFor()
    await detail().getByText('web2', { exact: true }).first().waitFor()
    await page.keyboard.press('c')
    await expect.poll(() => new URL(page.url()).search).not.toContain('filter')
    await detail().getByText('the one').waitFor()
    await page.goto(link.replace('@web2@', '@web1@'))
    await page.getByText('The edge hub has this event no more').waitFor()
    await page.goto(link.replace('edges=web*', 'edges=db1').replace('@web2@', '@db1@'))
    await page.getByText('did not answer: db1').waitFor()
  })

  it('say which edge hubs have not answered, and why', async () => {
    await publishAt('web1', { n: 1 })
    await openPage({ path: `/view/events?edges=web*,db1&filter=${area}/` })
    await page.getByText('2 of 3 edge hubs answered').waitFor()
    await page.getByText('db1', { exact: true }).waitFor()
    await row('n').first().waitFor()
  })

  it('are offered only to those who may ask', async () => {
    await openPage({ path: '/view/events', as: await tokenOf('ann') })
    expect(await scope('This hub').count()).toBe(0)
    await page.context().clearCookies()
    await openPage({ path: '/view/events', as: await tokenOf('ops') })
    await scope('This hub').waitFor()
  })

  it('of one host are opened from its page', async () => {
    site.hub.hub.hosts.start()
    await publish('host/web1/app/x', { severity: 'info' })
    await vi.waitUntil(
      async () => (await site.manage<{ names: string[] }>('hosts.map', { match: ['web1'] })).names.length,
      20_000,
    )
    await publishAt('web1', { message: 'only there' })
    await openPage({ path: '/view/fleet?match=web1&host=web1' })
    await page.getByRole('link', { name: 'Ask this host' }).click()
    await page.getByText('1 of 1 edge hub answered').waitFor()
    await row('only there').waitFor()
  })
})
