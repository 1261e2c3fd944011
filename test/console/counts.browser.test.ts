import { beforeAll, expect, it } from 'vitest'
import { applyFilter, hold, inAddress, interceptConnection, mode } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

it('counts of another filter are marked at once, and not called exact', async () => {
  await publish(`${area}/a`, {}, {})
  await publish(`${area}/b`, {})
  await openEvents()
  await page.getByText('3 events, exact').waitFor()
  const goOn = await hold('**/v1/events.{histogram,facets}')
  await applyFilter(`${area}/b`)
  await page.locator('.histogram[data-stale]').waitFor()
  await expect.poll(() => page.locator('.facets section[data-stale]').count()).toBe(5)
  expect(await page.getByText('exact', { exact: false }).count()).toBe(0)
  goOn()
  await page.getByText('1 event, exact').waitFor()
  await expect.poll(() => page.locator('[data-stale]').count()).toBe(0)
})

it('all counts are of the same moment', async () => {
  await publish(`${area}/a`, { n: 1 }, { n: 2 })
  await openEvents('&facet=data.n')
  await page.getByText('2 events, exact').waitFor()
  const asked: Record<string, { from: string; to: string }[]> = { histogram: [], facets: [] }
  const answered: Promise<{ from: number; to: number }>[] = []
  page.on('request', (request) => {
    const what = /events[.](histogram|facets)$/.exec(request.url())?.[1]
    if (what !== undefined) asked[what].push(request.postDataJSON())
  })
  page.on('response', (response) => {
    if (response.url().endsWith('events.histogram')) answered.push(response.json())
  })
  await page.getByRole('combobox', { name: 'Time' }).selectOption('1h')
  await expect.poll(() => asked.facets.length).toBe(6)
  const { from, to } = await answered[0]
  const micros = (time: string) => Date.parse(time) * 1000 + Number(/(\d{3})Z$/.exec(time)?.[1] ?? 0)
  expect(asked.histogram[0]).toMatchObject({ from: '-1h' })
  for (const each of asked.facets) expect([micros(each.from), micros(each.to)]).toEqual([from, to])
})

it('a value that is asked for later, and a field that is no field, leave the other counts as they are', async () => {
  await publish(`${area}/a/b`, {})
  await openEvents('&facet=data.')
  await page.getByText('1 event, exact').waitFor()
  await page.locator('.facets .problem').waitFor()
  await page.getByRole('button', { name: `What is below ${area}/a/` }).click()
  await page.locator('.branches .value').waitFor()
  await expect.poll(() => page.locator('[data-stale]').count()).toBe(0)
})

it('counts that failed are asked for again, also of a list that is paused', async () => {
  await publish(`${area}/a`, {})
  await openEvents()
  await mode('live')
  await page.keyboard.press(' ')
  await mode('paused')
  await page.route('**/v1/events.histogram', (route) => route.abort())
  await page.getByRole('combobox', { name: 'Time' }).selectOption('1h')
  await page.getByText('not up to date: The hub does not answer.').waitFor()
  await page.unroute('**/v1/events.histogram')
  await page.getByText('1 event, exact').waitFor()
})

it.each([360, 768, 1440, 2560])('%i pixels wide, why there are no counts is read whole', async (width) => {
  await openPage({ path: `/view/events?filter=${area}/`, viewport: { width, height: 900 } })
  const detail = `the counts cannot be made now: ${'the index is being built again, and '.repeat(5)}that takes long`
  const json = { code: 'TCN_INTERNAL', detail }
  await page.route('**/v1/events.histogram', (route) => route.fulfill({ status: 400, json }))
  await page.getByRole('combobox', { name: 'Time' }).selectOption('1h')
  const shown = page.getByText(`not up to date: ${detail}`)
  await shown.waitFor()
  const [text, bar] = await Promise.all([shown.boundingBox(), page.locator('.histogram').boundingBox()])
  expect(text!.x).toBeGreaterThanOrEqual(bar!.x)
  expect(text!.x + text!.width).toBeLessThanOrEqual(bar!.x + bar!.width)
  expect(text!.y + text!.height).toBeLessThanOrEqual(bar!.y + bar!.height)
  expect(await shown.evaluate((each) => each.scrollWidth - each.clientWidth)).toBe(0)
  const axis = page.locator('.histogram .axis')
  if ((await axis.count()) > 0)
    expect((await axis.boundingBox())!.y).toBeGreaterThan(text!.y + text!.height - 1)
})

it('every part says that the connection is lost, and is asked again when it is back', async () => {
  await openEvents()
  const connection = await interceptConnection()
  await page.reload()
  await page.getByText('0 events, exact').waitFor()
  await connection.cut()
  await page.locator('.connection[data-state="lost"]').waitFor()
  await page.locator('main[data-stale]').waitFor()
  await page.locator('.histogram[data-stale]').waitFor()
  await page.locator('.headline[data-stale]').waitFor()
  await expect.poll(() => page.locator('.facets section[data-stale]').count()).toBe(5)
  await page.getByRole('link', { name: 'Bus' }).click()
  await page.locator('main[data-stale] .bus').waitFor()
  await page.goBack()
  await publish(`${area}/a`, {})
  connection.restore()
  await page.locator('.connection[data-state="connected"]').waitFor()
  await page.getByText('1 event, exact').waitFor()
  await expect.poll(() => page.locator('[data-stale]').count()).toBe(0)
})

it('one call without an answer is no lost connection', async () => {
  await openEvents()
  await mode('live')
  await page.getByText('0 events, exact').waitFor()
  const failed = page.waitForEvent('requestfailed')
  await page.route('**/v1/events.facets', (route) => route.abort())
  await page.getByRole('combobox', { name: 'Time' }).selectOption('1h')
  await failed
  await page.getByText('not up to date').waitFor()
  expect(await page.locator('.connection').getAttribute('data-state')).toBe('connected')
  await page.unroute('**/v1/events.facets')
  await page.getByText('0 events, exact').waitFor()
})

it('e and w show only errors, and errors and warnings, of everything that the filter shows', async () => {
  await publish(
    `${area}/a`,
    { severity: 'info' },
    { severity: 'warning' },
    { severity: 'crit' },
    { level: 'error' },
  )
  await openEvents()
  await page.getByText('4 events, exact').waitFor()
  await page.keyboard.press('w')
  await page.getByText('3 events, exact').waitFor()
  await page.keyboard.press('e')
  await page.getByText('2 events, exact').waitFor()
  await expect.poll(() => inAddress('where')).toEqual(["severity >= 'err'"])
  await page.keyboard.press('e')
  await page.getByText('4 events, exact').waitFor()
})
