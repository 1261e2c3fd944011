import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OpenConsole, openConsole } from './open-console.js'
import { pastLog } from './past-log.js'

const MINUTE = 60_000
const EVENTS = 8

let site: OpenConsole
let page: Page

beforeEach(async () => {
  const events = Array.from({ length: EVENTS }, (_, n) => ({ tag: 'past/n', data: { n } }))
  site = await openConsole({ data: await pastLog(events, MINUTE) })
  page = await site.newPage({ path: '/view/events?filter=past/' })
  await page.locator('[data-ready]').waitFor()
  await row('n=7').waitFor()
})

afterEach(async () => {
  expect(site.complaints.splice(0)).toEqual([])
  await site[Symbol.asyncDispose]()
})

const row = (text: string) => page.getByRole('row').filter({ hasText: text })
const mode = (wanted: string) => page.locator(`[data-mode="${wanted}"]`).waitFor()
const bar = () => page.getByRole('region', { name: 'Replay' })
const selected = () => page.locator('[aria-selected="true"].row').textContent()

describe('a replay', () => {
  it('shows events at the pace in which they were logged, and says plainly that it is one', async () => {
    await row('n=2').click()
    await page.getByRole('button', { name: 'Replay from here' }).click()
    await mode('replaying')
    await bar().getByText('Replay of').waitFor()
    await row('the replay begins here').waitFor()
    await row('n=2').waitFor()
    expect(await row('n=3').count()).toBe(0)
    await expect.poll(() => page.title()).toContain('⟲')
    await page.getByText('Replay', { exact: true }).first().waitFor()
  })

  it('is held, goes on faster, and goes over to what happens now', async () => {
    await page.keyboard.press('k')
    await page.keyboard.press('k')
    await page.keyboard.press('R')
    await mode('replaying')
    await row('n=6').waitFor()
    await page.keyboard.press(' ')
    await mode('held')
    const time = await bar().locator('time').textContent()
    await bar().getByLabel('Speed').selectOption('100 ×')
    expect(await bar().locator('time').textContent()).toBe(time)
    await bar().getByRole('button', { name: 'Go on' }).click()
    await row('the replay has come to now').waitFor()
    await mode('live')
    expect(await row('n=6').count()).toBe(1)
    expect(await row('n=7').count()).toBe(1)
    const client = await site.hub.connect()
    await client.publish('past/n', { n: 'new' })
    await client.close()
    await row('n=new').waitFor()
  })

  it('leaves out quiet times when asked, and stays where it has come to at its end', async () => {
    await page.keyboard.press('Home')
    await row('n=0').click()
    await page.keyboard.press('R')
    await row('the replay begins here').waitFor()
    await row('n=0').waitFor()
    await bar().getByRole('button', { name: 'To the next event' }).click()
    await row('n=1').waitFor()
    expect(await row('n=2').count()).toBe(0)
    await bar().getByRole('button', { name: 'End replay' }).click()
    await mode('paused')
    await row('the replay ends here').waitFor()
    const time = /\d\d:\d\d:\d\d/.exec((await row('n=1').textContent())!)![0]
    await page.getByText(`6 more since ${time}`, { exact: true }).waitFor()
    await page.keyboard.press(' ')
    await row('n=7').waitFor()
    for (let n = 0; n < EVENTS; n++) expect(await row(`n=${n}`).count(), `n=${n}`).toBe(1)
  })

  it('is in the address, with its speed and where it was held', async () => {
    const cursor = (n: number) => `${site.hub.bus.epoch}-${n + 1}`
    const inAddress = () => {
      const { searchParams } = new URL(page.url())
      return ['replay', 'speed', 'at', 'event'].map((name) => searchParams.get(name))
    }
    await row('n=2').click()
    await page.keyboard.press('R')
    await row('n=2').waitFor()
    await expect.poll(inAddress).toEqual([cursor(2), null, null, null])
    await bar().getByLabel('Speed').selectOption('2 ×')
    await bar().getByRole('button', { name: 'To the next event' }).click()
    await row('n=3').waitFor()
    await bar().getByRole('button', { name: 'Hold' }).click()
    await expect.poll(inAddress).toEqual([cursor(3), '2', null, null])
    await page.reload()
    await mode('replaying')
    await row('the replay begins here').waitFor()
    await row('n=3').waitFor()
    expect(await row('n=4').count()).toBe(0)
    expect(await bar().getByLabel('Speed').inputValue()).toBe('2')
    await bar().getByRole('button', { name: 'End replay' }).click()
    await expect.poll(inAddress).toEqual([null, null, cursor(3), null])
  })

  it('of an event that is not there says so', async () => {
    await page.goto(`${site.url}/view/events?replay=${site.hub.bus.epoch}-1000`)
    await page.getByText('There is no such event').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => new URL(page.url()).searchParams.get('event')).toBe(null)
  })

  it('ends when other events are wanted', async () => {
    await row('n=3').click()
    await page.keyboard.press('R')
    await mode('replaying')
    const filter = page.getByRole('combobox', { name: 'Filter' })
    await filter.fill('past/ where data.n > 4')
    await filter.press('Enter')
    await mode('paused')
    expect(await bar().count()).toBe(0)
    await row('n=5').waitFor()
  })
})

describe('moving by time', () => {
  it('goes a minute back and on with [ and ]', async () => {
    await row('n=4').click()
    await page.keyboard.press('Escape')
    await row('n=4').click()
    await page.keyboard.press('[')
    await expect.poll(selected).toContain('n=3')
    await page.keyboard.press('[')
    await expect.poll(selected).toContain('n=2')
    await page.keyboard.press(']')
    await expect.poll(selected).toContain('n=3')
  })

  it('goes from mark to mark, which are in the address', async () => {
    await row('n=1').click()
    await page.keyboard.press('m')
    await row('n=5').click()
    await page.keyboard.press('m')
    await expect.poll(() => new URL(page.url()).searchParams.getAll('mark')).toHaveLength(2)
    await expect.poll(() => page.locator('.row[data-marked]').count()).toBe(2)
    await page.keyboard.press('M')
    await expect.poll(selected).toContain('n=1')
    await page.keyboard.press('M')
    await expect.poll(selected).toContain('n=5')
    await page.keyboard.press('m')
    await expect.poll(() => page.locator('.row[data-marked]').count()).toBe(1)
  })

  it('goes with the rail to any time that the log covers, and to now', async () => {
    await page.getByRole('grid').hover()
    const box = (await page.locator('.rail').boundingBox())!
    await page.mouse.click(box.x + 5, box.y + box.height * 0.45)
    await mode('paused')
    await expect.poll(selected).toMatch(/n=[345]/)
    await page.mouse.click(box.x + 5, box.y + box.height - 1)
    await mode('live')
  })
})

describe('the counts over time', () => {
  it('are stacked by severity when asked', async () => {
    const client = await site.hub.connect()
    await client.publish('past/bad', { level: 'error' })
    await client.publish('past/good', { success: true })
    await client.close()
    await page.locator('.histogram label select').selectOption('severity')
    await page.locator('.legend .is-err').waitFor()
    await page.locator('rect.is-err').waitFor()
    await page.locator('rect.is-info').waitFor()
    expect(await page.locator('.legend li').allTextContents()).toEqual(['err', 'info', 'other'])
  })
})
