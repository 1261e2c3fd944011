import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { gapText } from '../../console/pages/events/gap-text.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { CompactionReport } from '../../src/log/event-log.js'
import { damageLog } from '../helpers/damage-log.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { faultsInLooks } from './axe.js'
import { openConsole } from './open-console.js'

const config = { log: { segment: { bytes: '1MiB' }, compression: 'off' as const } }

async function publish(hub: TestHub, count: number, from = 0): Promise<void> {
  await using client = await hub.connect()
  for (let n = from; n < from + count; n++) {
    if (!client.push('work/n', { text: `<${n}>`.padEnd(1000) })) await client.ready()
    // A segment ends between two commits.
    if (n % 500 === 499) await client.drain({ ack: 'durable' })
  }
  await client.drain({ ack: 'durable' })
}

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })
const gap = (page: Page) => page.locator('.row[data-kind="gap"]')
/** Rows that are loaded. */
const loaded = (page: Page) => page.getByRole('grid').getAttribute('data-rows').then(Number)

it('what the retention deletes during a pause is one row, which says how much is missing and why', async () => {
  await using site = await openConsole({ data: temporaryFolder('gap'), config })
  await publish(site.hub, 10)
  const page = await site.newPage({ path: '/view/events?filter=work/' })
  await row(page, '<9>').waitFor()
  await page.keyboard.press(' ')
  await page.locator('[data-mode="paused"]').waitFor()
  await publish(site.hub, 3000, 10)
  const { removed } = await site.manage<CompactionReport>('log.compact', { policy: { count: 500 } })
  expect(removed!.to).toBeGreaterThan(1000)
  await page.keyboard.press(' ')
  await row(page, '<3009>').waitFor()
  await page
    .getByRole('log')
    .getByText(/^up to [\d,]+ events are missing here/)
    .waitFor({ state: 'attached' })
  await page.getByRole('row').first().hover()
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, -20_000)
      return gap(page).count()
    })
    .toBe(1)
  const text = (await gap(page).getByRole('gridcell').last().textContent())!
  const [, count, from, to, why] = /^up to ([\d,]+) events are missing here, #(\d+) to #(\d+): (.+)$/.exec(
    text,
  )!
  expect(why).toBe('the log keeps them no longer, as its retention says')
  expect(Number(to)).toBe(removed!.to)
  expect(Number(count.replace(',', ''))).toBe(Number(to) - Number(from) + 1)
  expect(await gap(page).getAttribute('title')).toBe(text)
  await row(page, '<9>').waitFor()
  // Those of before the pause, the gap, what is left, and the row of the beginning of the log.
  expect(await loaded(page)).toBe(10 + 1 + (3010 - Number(to)) + 1)
  expect(site.complaints).toEqual([])
})

it('a link to an event that the retention has deleted says so', async () => {
  await using site = await openConsole({ data: temporaryFolder('gap'), config })
  await publish(site.hub, 3000)
  const { removed } = await site.manage<CompactionReport>('log.compact', { policy: { count: 500 } })
  const cursor = `${site.hub.bus.epoch}-${removed!.to}`
  const page = await site.newPage({ path: `/view/events?event=${cursor}` })
  const shown = page.getByRole('region', { name: `Event ${cursor}` })
  await shown.getByText('This event is not in the log any more: retention has removed it.').waitFor()
  await gap(page).waitFor()
  expect(await faultsInLooks(page)).toEqual([])
  expect(site.complaints).toEqual([])
})

it('a damaged part of the log is a row among the others', async () => {
  const data = temporaryFolder('gap')
  const before = await startTestHub({ data, config })
  await publish(before, 2000)
  await before.close()
  damageLog(data, '<1000>')
  await using site = await openConsole({ data, config })
  const page = await site.newPage({ path: '/view/events?filter=work/' })
  await row(page, '<1999>').waitFor()
  await page.getByRole('row').first().hover()
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, -600)
      return gap(page).count()
    })
    .toBe(1)
  const text = await gap(page).textContent()
  expect(text).toMatch(/^up to [\d,]+ events are missing here, #\d+ to #\d+: the log is damaged here/)
  expect(await faultsInLooks(page)).toEqual([])
  expect(site.complaints).toEqual([])
})

it('a gap after a crash is told without a count, which nobody knows', () => {
  const text = gapText({ from: 101, to: 4196, reason: 'lost-in-crash' })
  expect(text).toContain('up to 50 ms of events')
  expect(text).not.toContain('4,096')
})
