import { readFile } from 'node:fs/promises'
import type { Download } from 'playwright-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import { beyond, dialog, row } from './page-parts.js'
import { area, openEvents, openPage, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const linesIn = async (download: Download) =>
  (await readFile(await download.path(), 'utf8')).trimEnd().split(/\r?\n/)

async function written(format: string): Promise<string[]> {
  await press('Share')
  const download = page.waitForEvent('download')
  await press(format)
  const file = await download
  expect(file.suggestedFilename()).toMatch(/^tocsin-\d{14}\.(ndjson|csv)$/)
  await dialog()
    .getByText(/events? written\.$/)
    .waitFor()
  return linesIn(file)
}

describe('a file', () => {
  it('has the events of the filter and the time as CloudEvents, one on each line', async () => {
    await publish(`${area}/a`, ...numbers(2500))
    await publish('other/a', { n: -1 })
    await openEvents('&where=data.n%20<%202400')
    const lines = (await written('NDJSON')).map(
      (line) => JSON.parse(line) as { subject: string; data: { n: number } },
    )
    expect(lines.map(({ data }) => data.n)).toEqual(numbers(2400).map(({ n }) => n))
    expect(lines[0]).toMatchObject({ specversion: '1.0', subject: `${area}/a`, type: 'tocsin.event' })
    expect(await faultsInLooks(page, '.sheet')).toEqual([])
  })

  it('has values with commas between them, none of which is a formula', async () => {
    await publish(`=${area}/x`, { text: 'a "word", and a line\n' })
    await openPage({ path: `/view/events?filter==${area}/` })
    const [head, first, ...more] = await written('CSV')
    expect(head).toBe('time,tag,type,source,id,data')
    expect(more).toEqual([])
    expect(first).toMatch(/^\d{4}-[^,]+Z,'=area\d+\/x,tocsin\.event,[^,]+,[^,]+,/)
    expect(first.endsWith('"{""text"":""a \\""word\\"", and a line\\n""}"')).toBe(true)
  })

  it('is not kept when it is cancelled', async () => {
    await publish(`${area}/a`, ...numbers(5))
    await openEvents()
    let isHeld = false
    await page.routeWebSocket(/\/v1\/ws/, (socket) => {
      const server = socket.connectToServer()
      server.onMessage((message) => isHeld || socket.send(message))
    })
    await page.reload()
    await row('n=4').waitFor()
    const downloads: Download[] = []
    page.on('download', (download) => downloads.push(download))
    await press('Share')
    isHeld = true
    const focused = () => page.evaluate<string>('document.activeElement.textContent')
    await dialog().getByRole('button', { name: 'NDJSON' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('Cancel')
    await page.keyboard.press('Enter')
    await dialog().getByText('Cancelled.').waitFor()
    await expect.poll(focused).toBe('NDJSON')
    await dialog().getByRole('button', { name: 'CSV' }).waitFor()
    expect(downloads).toEqual([])
  })
})

describe('several rows', () => {
  beforeEach(async () => {
    await publish(`${area}/a`, ...numbers(6))
    await openEvents()
    await row('n=5').waitFor()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  })

  const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
  const selected = () => page.locator('.row[aria-selected="true"]').count()
  const bar = () => page.getByRole('region', { name: 'Selected events' })

  it('are selected with Shift and a click, and copied as text, NDJSON and CSV', async () => {
    await row('n=1').click()
    await row('n=4').click({ modifiers: ['Shift'] })
    await bar().getByText('4 events').waitFor()
    expect(await selected()).toBe(4)
    await press('Copy as text')
    await expect.poll(copied).toMatch(/^(?:\S+ \S+ \d+ \S+ {2}\S+ {2}area\d+\/a {2}n=\d\n?){4}$/)
    await press('Copy as NDJSON')
    await expect
      .poll(async () =>
        (await copied()).split('\n').map((line) => (line.startsWith('{') ? JSON.parse(line).data.n : line)),
      )
      .toEqual([1, 2, 3, 4])
    await press('Copy as CSV')
    await expect.poll(async () => (await copied()).split('\n').length).toBe(5)
    expect(await faultsInLooks(page, '.list')).toEqual([])
    for (const width of [360, 768, 1440, 2560]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await beyond(), String(width)).toBe(0)
    }
    await press('Select none')
    await expect.poll(selected).toBe(0)
    expect(await bar().count()).toBe(0)
  })

  it('are selected and copied with keys', async () => {
    await page.keyboard.press('k')
    await page.keyboard.press('K')
    await page.keyboard.press('Shift+ArrowUp')
    await bar().getByText('3 events').waitFor()
    await page.keyboard.press('J')
    await bar().getByText('2 events').waitFor()
    await page.keyboard.press('y')
    await expect
      .poll(async () => (await copied()).split('\n').map((line) => line.slice(-3)))
      .toEqual(['n=4', 'n=5'])
    await page.keyboard.press('Escape')
    await expect.poll(selected).toBe(0)
    await page.keyboard.press('k')
    await expect.poll(selected).toBe(1)
    expect(await bar().count()).toBe(0)
  })
})
