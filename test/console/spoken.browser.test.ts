import { beforeAll, beforeEach, expect, it } from 'vitest'
import { faults } from './axe.js'
import { interceptConnection, mode } from './page-parts.js'
import { area, openEvents, openSite, page, publish } from './shared-console.js'

beforeAll(() => openSite())

beforeEach(async () => {
  await openEvents()
  await mode('live')
})

const said = () => page.getByRole('log').locator('p').allTextContents()

it('each event is read aloud while few come, and how many when many begin to come', async () => {
  await publish(`${area}/a`, { is: 'first' })
  await expect.poll(said).toEqual([`${area}/a is=first`])
  await publish(`${area}/a`, { message: 'door', level: 'error' })
  await expect.poll(said).toContainEqual(expect.stringMatching(/^error: area\d+\/a door/))
  expect(await page.getByRole('log').getAttribute('aria-live')).toBe('polite')
  expect(await faults(page)).toEqual([])
  await publish(`${area}/a`, ...Array.from({ length: 50 }, (_, n) => ({ n })))
  await expect.poll(async () => (await said()).at(-1)).toMatch(/^many events: about \d+ a second$/)
  const ofMany = (await said()).filter((line) => /n=\d/.test(line))
  expect(ofMany.length).toBeLessThanOrEqual(3)
  const publishLater = async () => {
    await publish(`${area}/a`, { is: 'later' })
    return said()
  }
  await expect.poll(publishLater, { interval: 6000 }).toContain(`${area}/a is=later`)
})

it('the log keeps its last lines only', async () => {
  for (let n = 0; n < 15; n++) {
    await page.keyboard.press(' ')
    await mode('paused')
    if (n === 0) await expect.poll(said).toEqual(['paused'])
    await page.keyboard.press(' ')
    await mode('live')
  }
  await expect.poll(async () => (await said()).length).toBe(20)
  expect((await said()).slice(-2)).toEqual(['paused', 'following'])
})

it('the loss of the connection and its return are said', async () => {
  const connection = await interceptConnection()
  await page.reload()
  await mode('live')
  await publish(`${area}/a`, { is: 'before' })
  await expect.poll(said).toEqual([`${area}/a is=before`])
  await connection.cut()
  await page.getByRole('alert').filter({ hasText: 'connection lost' }).waitFor()
  connection.restore()
  await expect.poll(said).toContain('connected')
  await publish(`${area}/a`, { is: 'after' })
  await expect.poll(said).toContain(`${area}/a is=after`)
})
