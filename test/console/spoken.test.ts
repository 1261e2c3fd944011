import type { Page, WebSocketRoute } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { faults } from './axe.js'
import { type OpenConsole, openConsole } from './open-console.js'

let site: OpenConsole
let page: Page
let own = 0
let area = ''

beforeAll(async () => {
  site = await openConsole()
})

afterAll(() => site?.[Symbol.asyncDispose]())

beforeEach(async () => {
  area = `aloud${++own}`
  page = await site.newPage({ path: `/view/events?filter=${area}/` })
  await mode('following')
})

afterEach(async () => {
  await page.context().close()
  expect(site.complaints.splice(0)).toEqual([])
})

const mode = (wanted: string) => page.locator(`[data-mode="${wanted}"]`).waitFor()
const said = () => page.getByRole('log').locator('p').allTextContents()

async function publish(...bodies: object[]): Promise<void> {
  await using client = await site.hub.connect()
  for (const body of bodies) await client.publish(`${area}/a`, body)
}

it('each event is read aloud while few come, and how many when many begin to come', async () => {
  await publish({ is: 'first' })
  await expect.poll(said).toEqual([`${area}/a is=first`])
  await publish({ message: 'door', level: 'error' })
  await expect.poll(said).toContainEqual(expect.stringMatching(/^error: aloud\d+\/a door/))
  expect(await page.getByRole('log').getAttribute('aria-live')).toBe('polite')
  expect(await faults(page)).toEqual([])
  await publish(...Array.from({ length: 50 }, (_, n) => ({ n })))
  await expect.poll(async () => (await said()).at(-1)).toMatch(/^many events: about \d+ a second$/)
  const ofMany = (await said()).filter((line) => /n=\d/.test(line))
  expect(ofMany.length).toBeLessThanOrEqual(3)
  const publishLater = async () => {
    await publish({ is: 'later' })
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
    await mode('following')
  }
  await expect.poll(async () => (await said()).length).toBe(20)
  expect((await said()).slice(-2)).toEqual(['paused', 'following'])
})

it('the loss of the connection and its return are said', async () => {
  const sockets: WebSocketRoute[] = []
  let isLost = false
  await page.routeWebSocket(/\/v1\/ws/, (socket) => {
    if (isLost) return void socket.close()
    socket.connectToServer()
    sockets.push(socket)
  })
  await page.reload()
  await mode('following')
  await publish({ is: 'before' })
  await expect.poll(said).toEqual([`${area}/a is=before`])
  isLost = true
  await Promise.all(sockets.map((socket) => socket.close()))
  await page.getByRole('alert').filter({ hasText: 'connection lost' }).waitFor()
  isLost = false
  await expect.poll(said).toContain('connected')
  await publish({ is: 'after' })
  await expect.poll(said).toContain(`${area}/a is=after`)
})
