import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { type RunningHub, serve } from '../../src/hub/serve.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { faultsInLooks } from './axe.js'

let folder: string
let hub: RunningHub
let client: Client
let browser: Browser
let page: Page

beforeAll(async () => {
  folder = temporaryFolder('console-rule')
  writeFileSync(file(), 'principals: { ann: { admin: true, see: "*" } }\n')
  hub = await serve({
    config: file(),
    data: join(folder, 'data'),
    sources: false,
    change(config) {
      config.listen.unix[0].path = join(folder, 'tocsin.sock')
      if (config.listen.http !== 'off') config.listen.http.address = { host: '127.0.0.1', port: 0 }
    },
  })
  client = await connect({ address: join(folder, 'tocsin.sock') })
  for (const code of [0, 1, 2]) await client.publish('work/web1/done', { code })
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  page = await browser.newPage()
})

afterAll(async () => {
  await browser?.close()
  await client?.close()
  await hub?.stop()
})

const file = () => join(folder, 'tocsin.yaml')
const dialog = () => page.getByRole('dialog')
const button = (name: string) => dialog().getByRole('button', { name, exact: true })
const VIEW = '/view/events?filter=work/&where=data.code%20%3E%200'

async function open(path: string): Promise<void> {
  const link = new URL(hub.loginLink()!)
  // Another link to the same page would not load it anew.
  await page.goto('about:blank')
  await page.goto(`${link.origin}${path}${link.hash}`)
  await page.locator('[data-ready]').waitFor()
}

it('a view without a filter is no rule', async () => {
  await open('/view/events')
  await page.keyboard.press('v')
  await button('Make it a rule …').click()
  await dialog().getByText('A rule takes a filter').waitFor()
  await page.keyboard.press('Escape')
})

it('a view becomes a rule, tried on the past, committed for confirmation, and then fires', async () => {
  await open(VIEW)
  await page.keyboard.press('v')
  await button('Make it a rule …').click()
  await dialog().getByText('2 events matched. The first of them:').waitFor()
  await dialog().getByText('code=1').waitFor()
  expect(await dialog().getByText('code=0').count()).toBe(0)
  expect(await faultsInLooks(page, '.sheet')).toEqual([])
  await dialog().getByLabel('Name').fill('failed-work')
  await dialog().getByLabel('At most once within').fill('soon')
  await button('Add to the candidate').click()
  await dialog().getByText('rules.failed-work.onceWithin').waitFor()
  // What was refused is not left behind, with a lock.
  await expect.poll(() => client.request('config.diff')).toEqual({ changes: [] })
  await dialog().getByLabel('At most once within').fill('10m')
  await button('Add to the candidate').click()
  const candidate = page.getByRole('region', { name: 'Candidate' })
  await candidate.getByText('rules.failed-work.fire.tag').waitFor()
  expect(readFileSync(file(), 'utf8')).not.toContain('failed-work')
  await page.getByRole('button', { name: 'Commit …' }).click()
  await dialog().getByRole('button', { name: 'Commit' }).click()
  await page.getByRole('button', { name: 'Confirm', exact: true }).click()
  await page.getByText(/^Commit \d+ is final/).waitFor()
  const fired = client.subscribe('alert/')
  await fired.ready()
  await client.publish('work/web1/done', { code: 0 })
  await client.publish('work/web1/done', { code: 7 })
  for await (const event of fired.events()) {
    expect(event.tag).toBe('alert/failed-work')
    break
  }
})

it('a rule of this name is not replaced', async () => {
  await open(VIEW)
  await page.keyboard.press('v')
  await button('Make it a rule …').click()
  await dialog().getByLabel('Name').fill('failed-work')
  await page.keyboard.press('Enter')
  await dialog().getByText('There is a rule failed-work already.').waitFor()
})

it('a rule that waits in the candidate is replaced only on purpose, and others stay', async () => {
  const openDialog = async () => {
    await open(VIEW)
    await page.keyboard.press('v')
    await button('Make it a rule …').click()
    await dialog().getByLabel('Name').fill('one')
  }
  const inCandidate = async () => (await client.request('config.diff')).changes.map(({ key }) => key)
  await openDialog()
  await dialog().getByLabel('Name').fill('one!')
  expect(await dialog().locator('input:invalid').count()).toBe(1)
  await dialog().getByLabel('Name').fill('one-more')
  expect(await dialog().locator('input:invalid').count()).toBe(0)
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Candidate' }).waitFor()
  await openDialog()
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Candidate' }).waitFor()
  expect(await inCandidate()).toContain('rules.one.fire.tag')
  await openDialog()
  await dialog().getByLabel('Tag').fill('alert/other')
  await page.keyboard.press('Enter')
  await dialog().getByText('The candidate has a rule one').waitFor()
  await dialog().getByLabel('At most once within').fill('soon')
  await button('Replace in the candidate').click()
  await dialog().getByText('rules.one.onceWithin').waitFor()
  await expect.poll(inCandidate).not.toContain('rules.one.fire.tag')
  expect(await inCandidate()).toContain('rules.one-more.fire.tag')
})

it('only the owner of the hub is offered it', async () => {
  const { token } = await client.request('tokens.add', { name: 'ann', principal: 'ann' })
  const other = await (await browser.newContext()).newPage()
  await other.goto(new URL(hub.loginLink()!).origin + VIEW)
  await other.getByLabel('Token', { exact: true }).fill(token)
  await other.getByRole('button', { name: 'Log in' }).click()
  await other.locator('[data-ready]').waitFor()
  await other.keyboard.press('v')
  await other.getByRole('dialog').getByRole('button', { name: 'Save' }).waitFor()
  expect(await other.getByRole('button', { name: 'Make it a rule' }).count()).toBe(0)
})
