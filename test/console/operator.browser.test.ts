import { beforeAll, describe, expect, it } from 'vitest'
import { Receiver } from '../sinks/receiver.js'
import { folderOfTypes } from './known-types.js'
import { filter, inAddress, loaded, mode, panel, row, rowIn } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish, site } from './shared-console.js'

/**
 * What somebody asks at three in the morning, by mouse and by keys. Other files have: to pause (events), to exclude
 * (facets), to compare two times (compare), to copy (copy, export), to revoke a token (tokens), to commit a setting
 * (configuration), to deliver again and rewind (bus), to log in with a link (login).
 */
beforeAll(async () => {
  const receiver = await Receiver.start()
  receiver.answer = 503
  const retry = { pause: '60s', maxPause: '60s' } as const
  await openSite({
    config: {
      types: { folder: folderOfTypes(/^salt\.job\./) },
      sinks: { hook: { type: 'webhook', url: receiver.url, filter: 'never/', retry } },
    },
  })
  return () => receiver[Symbol.asyncDispose]()
})

const value = (name: string) =>
  page.locator('.facets .value').filter({ hasText: new RegExp(`^${name}\\d+$`) })
const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key)
}

/** Events of two hosts, good and bad; `web1` and `web2` of this test alone. */
async function publishStates(): Promise<{ web1: string; web2: string }> {
  const [web1, web2] = [`${area}web1`, `${area}web2`]
  await publish(
    `host/${web1}/state`,
    { severity: 'err', n: `bad one ${area}` },
    { severity: 'info', n: `good one ${area}` },
  )
  await publish(`host/${web2}/state`, { severity: 'crit', n: `other host ${area}` })
  return { web1, web2 }
}

describe('failed states of one host in the last hour', () => {
  it('are found with three clicks', async () => {
    const { web1 } = await publishStates()
    await openPage({ path: '/view/events?filter=host/' })
    await value(web1).click()
    await value('err').click()
    await page.getByRole('combobox', { name: 'Time' }).selectOption('1h')
    await row(`bad one ${area}`).waitFor()
    await expect.poll(() => row(`good one ${area}`).count()).toBe(0)
    expect(await row(`other host ${area}`).count()).toBe(0)
    await expect.poll(() => inAddress('is')).toEqual([`host=${web1}`, 'severity=err'])
  })

  it('are found with the keys', async () => {
    const { web1 } = await publishStates()
    await openPage({ path: '/view/events' })
    await press('/')
    await page.keyboard.type(`host/${web1}/`)
    await press('Enter')
    await expect.poll(() => new URL(page.url()).searchParams.get('filter')).toBe(`host/${web1}/`)
    await press('Escape', 'Escape', 'e')
    await row(`bad one ${area}`).waitFor()
    await expect.poll(() => row(`good one ${area}`).count()).toBe(0)
    await press('t')
    await page.getByRole('textbox', { name: 'From when' }).waitFor()
    await page.keyboard.type('-1h')
    await press('Enter')
    await row(`bad one ${area}`).waitFor()
    expect(await row(`other host ${area}`).count()).toBe(0)
  })
})

it('only errors of everything are one click in the legend, or one key', async () => {
  await publishStates()
  await openPage({ path: `/view/events?filter=host/${area}*&by=severity` })
  await row(`good one ${area}`).waitFor()
  await page.locator('.legend').getByRole('button', { name: 'err', exact: true }).click()
  await expect.poll(() => row(`good one ${area}`).count()).toBe(0)
  await row(`bad one ${area}`).waitFor()
  await page.goBack()
  await row(`good one ${area}`).waitFor()
  await press('e')
  await expect.poll(() => row(`good one ${area}`).count()).toBe(0)
  await row(`bad one ${area}`).waitFor()
  await row(`other host ${area}`).waitFor()
})

describe('one job is followed', () => {
  const JOB = () => `2026${area.slice(4)}`

  async function publishJob(): Promise<void> {
    const jid = JOB()
    await publish(`salt/job/${jid}/new`, { jid, fun: 'state.apply', minions: ['web1'] })
    await publish(`${area}/between`, { n: 'of another' })
    await publish(`salt/job/${jid}/ret/web1`, { jid, id: 'web1', fun: 'state.apply', retcode: 0 })
  }

  it('with three clicks', async () => {
    await publishJob()
    await openPage({ path: '/view/events' })
    await row(`salt/job/${JOB()}/new`).click()
    await page.getByRole('tab', { name: 'Related' }).click()
    await page.getByRole('button', { name: 'All of these' }).click()
    await row(`salt/job/${JOB()}/ret/web1`).waitFor()
    await expect.poll(() => row('of another').count()).toBe(0)
  })

  it('with the keys', async () => {
    await publishJob()
    await openPage({ path: `/view/events?filter=salt/job/${JOB()}/` })
    await row('new').waitFor()
    await press('k', 'r')
    const all = page.getByRole('button', { name: 'All of these' })
    await all.waitFor()
    await page.getByRole('tab', { selected: true }).focus()
    for (let tabs = 0; tabs < 8; tabs++) {
      if ((await all.and(page.locator(':focus')).count()) === 1) break
      await press('Tab')
    }
    await press('Enter')
    await row('ret/web1').waitFor()
    await expect.poll(loaded).toBeGreaterThanOrEqual(2)
  })
})

it('who is slow, and why, is one key away and can be read without a mouse', async () => {
  const slow = {
    id: '7',
    label: 'unix:/run/x pid 9 reader',
    principal: 'admin',
    filter: '{"all":[]}',
    state: 'catching-up',
    lag: 'catch-up',
    gates: [],
    cursor: `${site.hub.bus.epoch}-1`,
    lagEvents: 9425,
    lagMicros: 9.1e6,
    slowSince: Date.now() * 1000 - 8.9e6,
    connected: 0,
    delivered: 1,
    skipped: 0,
    pending: 4 * 1024 * 1024,
  }
  await openEvents()
  await page.route('**/v1/subscribers.list', (route) => route.fulfill({ json: { subscribers: [slow] } }))
  await press('4')
  const shown = rowIn('Subscribers', '9,425')
  await shown.getByText('4.0 MiB unsent').waitFor()
  await page.setViewportSize({ width: 360, height: 740 })
  await shown.getByRole('button', { name: 'More about this' }).focus()
  await press('Enter')
  await panel('Subscribers').locator('.opened').getByText('4.0 MiB unsent').waitFor()
  await press('1')
  await mode('live')
})

it('a value of an event filters for it, while the event stays open at its place', async () => {
  await publish(`${area}/x`, { colour: 'red', n: 1 }, { colour: 'blue', n: 2 }, { colour: 'red', n: 3 })
  await openEvents()
  await row('n=1').click()
  const event = page.getByRole('region', { name: `Event ${area}/x` })
  await event.getByRole('button', { name: 'Only events with data.colour = red' }).click()
  await expect.poll(() => row('n=2').count()).toBe(0)
  await row('n=3').waitFor()
  await event.getByText('red').first().waitFor()
  await page.goBack()
  await row('n=2').waitFor()
  const only = event.getByRole('button', { name: 'Only events without data.colour = red' })
  await only.focus()
  await press('Enter')
  await expect.poll(() => row('n=3').count()).toBe(0)
  await row('n=2').waitFor()
})

it('the body of an event is seen as text, bytes and JSON with the keys', async () => {
  await publish(`${area}/x`, { colour: 'red' })
  await openEvents()
  await row('red').waitFor()
  await press('k', 'Enter')
  await page.getByRole('tab', { selected: true }).focus()
  await press('ArrowRight')
  await page.getByRole('tabpanel', { name: 'Raw' }).getByText('"colour": "red"').waitFor()
  await press('ArrowRight')
  await page.getByRole('tabpanel', { name: 'Hex' }).getByText('colour').waitFor()
  await press('ArrowRight')
  await page.getByRole('tabpanel', { name: 'CloudEvent' }).getByText('"specversion": "1.0"').waitFor()
})

it('the health of sources, sinks and rules says why in full, by mouse and by keys', async () => {
  const reason = `the command could not be started: ${'a long story '.repeat(20)}end`
  const source = { name: 'journal', origin: 'host', state: 'degraded', since: Date.now() * 1000, reason }
  const counts = { events: 1, lost: 0, restarts: 3, details: {} }
  await openEvents()
  await page.route('**/v1/sources.list', (route) =>
    route.fulfill({ json: { sources: [{ ...source, ...counts }] } }),
  )
  await press('4')
  const why = rowIn('Sources', 'journal').getByRole('button', { name: /^degraded: the command/ })
  const isWhole = () =>
    page.evaluate<boolean>(
      "(({ scrollWidth, clientWidth, clientHeight }) => scrollWidth <= clientWidth && clientHeight > 24)(document.querySelector('.reason'))",
    )
  await why.waitFor()
  expect(await isWhole()).toBe(false)
  await why.click()
  await expect.poll(isWhole).toBe(true)
  await why.focus()
  await press('Enter')
  await expect.poll(isWhole).toBe(false)
  await press('Space')
  await expect.poll(isWhole).toBe(true)
})

it('lines show how parts of the hub were in the last hour', async () => {
  const values = Array.from({ length: 20 }, (_, n) => (n === 5 ? null : n * 10))
  const trend = { name: 'hook', lag: values, rate: values, errors: values.map(() => 0) }
  await openEvents()
  await page.route('**/v1/hub.trends', (route) =>
    route.fulfill({
      json: {
        time: Date.now() * 1000,
        every: 30e6,
        parts: route.request().postData()?.includes('sinks') ? [trend] : [],
      },
    }),
  )
  await press('4')
  const sink = rowIn('Sinks', 'hook')
  await sink.getByRole('img', { name: /^Lag of hook over the last .*: now 190, at most 190$/ }).waitFor()
  await sink.getByRole('img', { name: /^Rate of hook / }).waitFor()
  expect(await sink.getByRole('img', { name: /^Errors of hook / }).count()).toBe(0)
  expect(await sink.locator('polyline').count()).toBe(4)
  expect(await filter().count()).toBe(0)
})
