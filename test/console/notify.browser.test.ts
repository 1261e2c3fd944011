import { beforeAll, expect, it } from 'vitest'
import { dialog, mode } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

/** Chromium without a screen shows no notification and hides no page; what the page asks for is kept. */
const WITHOUT_SCREEN = `
  window.told = []
  window.Notification = class {
    static permission = 'granted'
    static requestPermission = async () => 'granted'
    constructor(title, { body }) { window.told.push(body) }
  }
`
const HIDE = "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"
const told = () => page.evaluate<string[]>('window.told')

it('the browser tells of events of a view while the page is in the background, and only then', async () => {
  await openEvents()
  await page.addInitScript(WITHOUT_SCREEN)
  await page.reload()
  await mode('live')
  await page.keyboard.press('v')
  await dialog().getByLabel('Tell me of events of this view').check()
  await expect.poll(() => new URL(page.url()).searchParams.get('notify')).toBe('1')
  await page.keyboard.press('Escape')
  await publish(`${area}/seen`, {})
  await page.getByRole('row').filter({ hasText: 'seen' }).waitFor()
  await page.evaluate(HIDE)
  await publish(`${area}/new`, {}, {})
  await publish('other/new', {})
  await expect.poll(async () => (await told()).length, { timeout: 60_000 }).toBe(1)
  expect(await told()).toEqual([expect.stringMatching(new RegExp(`^\\d new events? of ${area}/$`))])
})

it('a page in the background asks only for what is new, adds it up, and stops with the list', async () => {
  await openEvents()
  await page.addInitScript(WITHOUT_SCREEN)
  await page.clock.install()
  await page.goto(`${page.url()}&notify=1`)
  await mode('live')
  const asked: { from: string; to: string }[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/events.histogram')) asked.push(request.postDataJSON())
  })
  const toldLater = async () => {
    await page.clock.fastForward(15_000)
    return told()
  }
  await page.evaluate(HIDE)
  await publish(`${area}/first`, {})
  await expect.poll(toldLater).toEqual([`1 new event of ${area}/`])
  await publish(`${area}/second`, {})
  await expect.poll(toldLater).toEqual([`1 new event of ${area}/`, `2 new events of ${area}/`])
  const slices = asked.filter(({ to }) => to === '-1s').map(({ from }) => from)
  expect(slices[0]).toMatch(/^-[\d.]+s$/)
  expect(slices.slice(1)).toEqual([...slices.slice(1)].sort())
  expect(new Set(slices).size).toBe(slices.length)
  await page.getByRole('link', { name: 'Bus' }).click()
  await page.clock.fastForward(60_000)
  await publish(`${area}/third`, {})
  await page.clock.fastForward(60_000)
  expect(await told()).toHaveLength(2)
})

it('a browser that refuses, or has no notifications, says so', async () => {
  const refusing = ['delete window.Notification', 'Notification.requestPermission = async () => { throw 1 }']
  await openEvents()
  for (const each of refusing) {
    await page.reload()
    await mode('live')
    await page.evaluate(each)
    await page.keyboard.press('v')
    const choice = dialog().getByLabel('Tell me of events of this view')
    for (let times = 0; times < 2; times++) {
      await choice.click()
      await dialog().getByText('The browser does not allow it for this page').waitFor()
      await expect.poll(() => choice.isChecked()).toBe(false)
    }
    expect(new URL(page.url()).searchParams.has('notify')).toBe(false)
  }
})

it('a browser that allows notifications and cannot make them is not asked for more', async () => {
  await openEvents()
  await page.reload()
  await mode('live')
  await page.evaluate(
    "window.Notification = class { static permission = 'granted'; static requestPermission = async () => 'granted'; constructor() { throw new TypeError() } }",
  )
  await page.keyboard.press('v')
  await dialog().getByLabel('Tell me of events of this view').check()
  await expect.poll(() => new URL(page.url()).searchParams.get('notify')).toBe('1')
  await page.evaluate(HIDE)
  await publish(`${area}/new`, {})
  await expect.poll(() => new URL(page.url()).searchParams.has('notify'), { timeout: 60_000 }).toBe(false)
  await dialog().getByText('The browser does not allow it for this page').waitFor()
})
