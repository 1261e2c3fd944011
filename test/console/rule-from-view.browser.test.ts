import { beforeAll, expect, it } from 'vitest'
import { faultsInLooks } from './axe.js'
import {
  button,
  client,
  dialog,
  openAs,
  openPath,
  page,
  startConfigured,
  written,
} from './configured-console.js'

const VIEW = '/view/events?filter=work/&where=data.code%20%3E%200'

beforeAll(async () => {
  await startConfigured('principals: { ann: { admin: true, see: "*" } }\n')
  for (const code of [0, 1, 2]) await client.publish('work/web1/done', { code })
})

it('a view without a filter is no rule', async () => {
  await openPath('/view/events')
  await page.keyboard.press('v')
  await button('Make it a rule …').click()
  await dialog().getByText('A rule takes a filter').waitFor()
  await page.keyboard.press('Escape')
})

it('a view becomes a rule, tried on the past, committed for confirmation, and then fires', async () => {
  await openPath(VIEW)
  await page.keyboard.press('v')
  await button('Make it a rule …').click()
  await dialog().getByText('2 events matched. The latest:').waitFor()
  await dialog().getByText('code=1').waitFor()
  expect(await dialog().getByText('code=0').count()).toBe(0)
  expect(await faultsInLooks(page, '.sheet')).toEqual([])
  await dialog().getByLabel('Name').fill('failed-work')
  await dialog().getByLabel('At most once within').fill('soon')
  await button('Add to the candidate').click()
  await dialog().getByText('rules.failed-work.onceWithin').waitFor()
  // What was refused is not left behind, with a lock.
  await expect.poll(() => client.request('config.diff')).toMatchObject({ changes: [] })
  await dialog().getByLabel('At most once within').fill('10m')
  await button('Add to the candidate').click()
  const candidate = page.getByRole('region', { name: 'Candidate' })
  await candidate.getByText('rules.failed-work.fire.tag').waitFor()
  expect(written()).not.toContain('failed-work')
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
  await openPath(VIEW)
  await page.keyboard.press('v')
  await button('Make it a rule …').click()
  await dialog().getByLabel('Name').fill('failed-work')
  await page.keyboard.press('Enter')
  await dialog().getByText('There is a rule failed-work already.').waitFor()
})

it('a rule that waits in the candidate is replaced only on purpose, and others stay', async () => {
  const openDialog = async () => {
    await openPath(VIEW)
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
  // What is not valid is not left behind, and what it replaced is there again.
  await expect.poll(inCandidate).not.toContain('rules.one.onceWithin')
  expect(await inCandidate()).toContain('rules.one.fire.tag')
  expect(await inCandidate()).toContain('rules.one-more.fire.tag')
})

it('the latest events are shown, and not the first ones of the day', async () => {
  for (const step of [1, 2, 3, 4, 5, 6]) await client.publish('steps/done', { step })
  await openPath('/view/events?filter=steps/')
  await page.keyboard.press('v')
  await button('Make it a rule …').click()
  await dialog().getByText('6 events matched. The latest:').waitFor()
  const shown = dialog().locator('ol li')
  await expect.poll(() => shown.count()).toBe(5)
  const steps = (await shown.allTextContents()).map((line) => /step=(\d)/.exec(line)?.[1])
  expect(steps).toEqual(['6', '5', '4', '3', '2'])
})

it('only the owner of the hub is offered it', async () => {
  const { token } = await client.request('tokens.add', { name: 'ann', principal: 'ann' })
  const other = await openAs(token, VIEW)
  await other.keyboard.press('v')
  await other.getByRole('dialog').getByRole('button', { name: 'Save' }).waitFor()
  expect(await other.getByRole('button', { name: 'Make it a rule' }).count()).toBe(0)
})
