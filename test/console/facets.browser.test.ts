import { beforeAll, describe, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { applyFilter, inAddress } from './page-parts.js'
import { openPage, openSite, page, publish } from './shared-console.js'

beforeAll(async () => {
  await openSite()
  for (const [n, tag] of ['tree/a/x/1', 'tree/a/x/2', 'tree/a/y', 'tree/b'].entries())
    await publish(tag, { n })
})

const open = () => openPage({ path: '/view/events?filter=tree/' })

/** A value with its count. */
const value = (name: string, count: number) =>
  page.locator('.facets .value').filter({ hasText: new RegExp(`^${name}${count}$`) })
const unfold = (tag: string) => page.getByRole('button', { name: `What is below ${tag}`, exact: true })

it('a value is excluded with Alt and Enter, and taken back the same way', async () => {
  await open()
  await value('tree/b', 1).focus()
  await page.keyboard.press('Alt+Enter')
  await expect.poll(() => inAddress('not')).toEqual(['tag=tree/b'])
  expect(inAddress('is')).toEqual([])
  await page.locator('.facets .value[data-state="out"]').waitFor()
  await expect.poll(() => page.evaluate('document.activeElement.dataset.state')).toBe('out')
  await page.keyboard.press('Alt+Enter')
  await expect.poll(() => inAddress('not')).toEqual([])
})

it('a value is excluded with the button beside it, by touch too, or the key -', async () => {
  await openPage({ path: '/view/events?filter=tree/', hasTouch: true })
  await page.getByRole('button', { name: 'All but tree/b', exact: true }).tap()
  const excluded = () => inAddress('not')
  await expect.poll(excluded).toEqual(['tag=tree/b'])
  await page.locator('.facets .value[data-state="out"]').focus()
  await page.keyboard.press('-')
  await expect.poll(excluded).toEqual([])
  expect(await faultsInLooks(page, '.facets')).toEqual([])
})

it('more values are shown when they are wanted', async () => {
  for (let n = 0; n < 25; n++) await publish('many/x', { n })
  await openPage({ path: '/view/events?filter=many/&facet=data.n' })
  const others = page.getByRole('button', { name: '15 other events' })
  await others.click()
  await value('24', 1).waitFor()
  await expect.poll(() => others.count()).toBe(0)
})

it('severities and hosts come first, and one click on either or on the legend shows only their events', async () => {
  await publish('host/web1/x', { severity: 'debug' }, { severity: 'crit' }, { severity: 'err' })
  await publish('host/db1/x', { severity: 'crit' })
  await openPage({ path: '/view/events?filter=host/&by=host' })
  const names = async () =>
    (await page.locator('.facets h2').allTextContents()).map((each) => each.replace(/\W.*/, ''))
  await expect.poll(names).toEqual(['severity', 'host', 'tag', 'type', 'source'])
  const severities = page.locator('.facets section').first().locator('.value')
  await expect.poll(() => severities.allTextContents()).toEqual(['crit2', 'err1', 'debug1'])
  await page.locator('.legend').getByRole('button', { name: 'db1', exact: true }).click()
  await page.getByText('1 event, exact').waitFor()
  await value('crit', 1).click()
  await page.getByText('1 event, exact').waitFor()
  await expect.poll(() => inAddress('is')).toEqual(['host=db1', 'severity=crit'])
  // The values of a field are counted without the choices in it.
  await expect.poll(() => severities.allTextContents()).toEqual(['crit1'])
})

it('values are found by a part of them, for which the hub is asked at most every 200 ms', async () => {
  for (let n = 0; n < 12; n++) await publish(`host/many${n}/y`, { n })
  await publish('host/100%/y', {})
  await openPage({ path: '/view/events?filter=host/*/y' })
  const hosts = page.locator('.facets section').nth(1).locator('.value')
  await expect.poll(() => hosts.count()).toBe(10)
  await page.getByRole('button', { name: 'Search the values of host' }).click()
  const field = page.getByRole('searchbox', { name: 'Values of host that contain' })
  await field.waitFor()
  await expect.poll(() => page.evaluate('document.activeElement.type')).toBe('search')
  const asked: unknown[] = []
  page.on('request', (request) => {
    if (request.postData()?.includes('LIKE') === true) asked.push(request.postDataJSON())
  })
  const began = Date.now()
  await field.pressSequentially('many11', { delay: 10 })
  await expect.poll(() => hosts.allTextContents()).toEqual(['many111'])
  expect(asked.length).toBeLessThanOrEqual(2 + (Date.now() - began) / 200)
  await field.fill('0%')
  await expect.poll(() => hosts.allTextContents()).toEqual(['100%1'])
  expect(await faultsInLooks(page, '.facets')).toEqual([])
  await page.getByRole('button', { name: 'Search the values of host' }).click()
  await expect.poll(() => hosts.count()).toBe(10)
})

describe('the tree of tags', () => {
  it('can be unfolded only where there is something below', async () => {
    await open()
    await value('tree/b', 1).waitFor()
    expect(await unfold('tree/b/').count()).toBe(0)
    await unfold('tree/a/').click()
    await value('y', 1).waitFor()
    expect(await unfold('tree/a/y/').count()).toBe(0)
    await unfold('tree/a/x/').click()
    await value('2', 1).waitFor()
    await value('x', 2).click()
    await expect.poll(() => new URL(page.url()).searchParams.getAll('is')).toEqual(['tag=tree/a/x'])
  })

  it('counts within the filter and the time, as the other values do', async () => {
    await open()
    await unfold('tree/a/').click()
    await value('x', 2).waitFor()
    await applyFilter('tree/ where data.n = 1')
    await value('x', 1).waitFor()
    await expect.poll(() => value('y', 1).count()).toBe(0)
    const ofDay = page.waitForRequest((request) => {
      if (!request.url().endsWith('/v1/events.facets')) return false
      const { under, from, to } = request.postDataJSON() as { under?: string; from: string; to: string }
      return under === 'tree/a/' && Date.parse(to) - Date.parse(from) === 86_400_000
    })
    await page.getByRole('combobox', { name: 'Time' }).selectOption('1d')
    await ofDay
  })

  it('is counted again while events come, and says when it has not counted all', async () => {
    await open()
    await unfold('tree/a/').click()
    await value('y', 1).waitFor()
    await publish('tree/a/z', { n: 9 })
    await value('z', 1).waitFor()
    await page.route('**/v1/events.facets', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), exact: false } })
    })
    await page.reload()
    await unfold('tree/a/').click()
    await page.locator('.branches').getByText('not exact').waitFor()
  })
})
