import type { Locator } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ResultOf } from '../../src/methods/contract/index.js'
import { faultsInLooks } from './axe.js'
import { openPath, page, panel, rowOf as row, startConfigured, written } from './configured-console.js'

beforeAll(async () => {
  await startConfigured('limits: { requests: 64 } # at once\nprincipals: { ann: { see: [work/] } }\n')
  await openPath('/view/bus?tab=configuration')
})

/** What another page of the same person does. */
async function elsewhere<Result>(method: string, params: object): Promise<Result> {
  const headers = { 'content-type': 'application/json', 'x-tocsin-console': '1' }
  const request = JSON.stringify({ method: 'POST', headers, body: JSON.stringify(params) })
  const asking = `fetch('/v1/${method}', ${request}).then(async (answer) => [answer.ok, await answer.json()])`
  const [ok, result] = await page.evaluate<[boolean, Result]>(asking)
  expect(ok).toBe(true)
  return result
}

/** The row of the newest commit, which the page may show only after its next question. */
async function newestCommit(): Promise<Locator> {
  const { commits } = await elsewhere<ResultOf<'config.history'>>('config.history', { limit: 1 })
  const number = page.getByRole('cell', { name: String(commits[0].number), exact: true })
  return panel('Commits').getByRole('row').filter({ has: number })
}

async function setRequests(value: string): Promise<void> {
  await page.getByRole('button', { name: 'Edit limits.requests' }).click()
  await page.getByLabel('New value').fill(value)
  await page.getByRole('button', { name: 'Add to the candidate' }).click()
}

describe('the page of the configuration', () => {
  it('shows what the file sets, and all keys when asked', async () => {
    await row('Values in force', 'limits.requests').getByText('64').waitFor()
    expect(await row('Values in force', 'limits.tag').count()).toBe(0)
    await page.getByLabel('only what the file sets').uncheck()
    await page.getByLabel('Search keys').fill('limits.tag')
    await row('Values in force', 'limits.tag').waitFor()
    await page.getByLabel('Search keys').fill('')
    await page.getByLabel('only what the file sets').check()
  })

  it('says what is wrong with a value, and commits nothing', async () => {
    await setRequests('many')
    await page.locator('.problem').filter({ hasText: 'requests' }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Commit …' }).isDisabled()).toBe(true)
    expect(written()).toContain('requests: 64')
  })

  it('drops a candidate only when asked twice', async () => {
    await setRequests('65')
    await page.getByRole('button', { name: 'Discard …' }).click()
    await page
      .getByRole('dialog')
      .getByText(/^Drop the change that .+ has prepared\?$/)
      .waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await row('Candidate', 'limits.requests').waitFor()
    await page.getByRole('button', { name: 'Discard …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click()
    await page.getByText('The candidate is dropped.').waitFor()
    await panel('Candidate').waitFor({ state: 'detached' })
  })

  it('shows a change before it is committed, and undoes it unless it is confirmed', async () => {
    await setRequests('65')
    await row('Candidate', 'limits.requests').getByText('65').waitFor()
    expect(written()).toContain('requests: 64')
    await page.getByRole('button', { name: 'Commit …' }).click()
    await page.getByLabel('Comment').fill('one more')
    await page.getByRole('dialog').getByRole('button', { name: 'Commit' }).click()
    await page.getByText(/is undone in .* unless it is confirmed/).waitFor()
    expect(written()).toContain('requests: 65')
    await page.getByRole('button', { name: 'Undo now' }).click()
    await page.getByText('The commit is undone.').waitFor()
    expect(written()).toContain('requests: 64')
  })

  it('keeps a commit that is confirmed, and can undo it later after it has shown what that changes', async () => {
    await setRequests('66')
    await page.getByRole('button', { name: 'Commit …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Commit' }).click()
    await page.getByRole('button', { name: 'Confirm', exact: true }).click()
    await page.getByText(/^Commit \d+ is final/).waitFor()
    await (await newestCommit()).getByRole('button', { name: 'Undo' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('row').filter({ hasText: 'limits.requests' }).getByText('64').waitFor()
    await dialog.getByLabel('Undo it after 5 minutes').uncheck()
    await dialog.getByRole('button', { name: 'Undo', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(written()).toContain('requests: 64')
  })

  it('undoes only what it has shown, and shows what has come since', async () => {
    await (await newestCommit()).getByRole('button', { name: 'Undo' }).click()
    const dialog = page.getByRole('dialog')
    const change = dialog.getByRole('row').filter({ hasText: 'limits.requests' })
    await change.getByText('64').waitFor()
    await elsewhere('config.edit', { edits: [{ key: 'limits.requests', value: 70 }] })
    await elsewhere('config.commit', {})
    await dialog.getByLabel('Undo it after 5 minutes').uncheck()
    await dialog.getByRole('button', { name: 'Undo', exact: true }).click()
    await dialog.getByText('Somebody has changed this meanwhile. Nothing was done').waitFor()
    await change.getByText('70').waitFor()
    expect(written()).toContain('requests: 70')
    await dialog.getByRole('button', { name: 'Undo', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(written()).toContain('requests: 66')
  })

  it('says how long a commit waits by the clock of the hub, not of the browser', async () => {
    await page.addInitScript('const { now } = Date; Date.now = () => now() + 600000')
    await elsewhere('config.edit', { edits: [{ key: 'limits.requests', value: 71 }] })
    await elsewhere('config.commit', { confirmed: 300e6 })
    await page.reload()
    await page.getByText(/is undone in [1-5]m.* unless it is confirmed/).waitFor()
    await elsewhere('config.abort', {})
  })

  it('says what a key is for before anything is typed, and offers no field for one that only the file may set', async () => {
    await page.getByRole('button', { name: 'Edit limits.requests' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('New value').waitFor()
    for (const part of ['Values', 'Default', 'Takes effect']) await dialog.getByText(part).first().waitFor()
    expect(await faultsInLooks(page, '.sheet')).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Edit principals.ann.see' }).click()
    await dialog.getByText('This key is changed only in the file').waitFor()
    expect(await dialog.getByRole('textbox').count()).toBe(0)
    expect(await faultsInLooks(page, '.sheet')).toEqual([])
    await page.keyboard.press('Escape')
  })

  it('takes a key that has no value yet, and says which there are', async () => {
    await page.getByRole('button', { name: 'Another key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Key').fill('rules.slow.')
    await dialog.locator('option[value="rules.slow.fire"]').waitFor({ state: 'attached' })
    await dialog.getByLabel('Key').fill('rules.slow.nothing')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByText('there is no key rules.slow.nothing').waitFor()
    await dialog.getByLabel('Key').fill('rules.slow')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await dialog.getByLabel('New value').fill('{"filter":"slow/","fire":{"tag":"alert/slow"}}')
    await dialog.getByRole('button', { name: 'Add to the candidate' }).click()
    await row('Candidate', 'rules.slow.fire.tag').waitFor()
    await page.getByRole('button', { name: 'Discard …' }).click()
    await dialog.getByRole('button', { name: 'Discard' }).click()
    await page.getByText('The candidate is dropped.').waitFor()
  })

  it('lists principals with the rights that they have', async () => {
    await page.getByRole('link', { name: 'Access' }).click()
    await row('Principals', 'ann').getByText('see work/').waitFor()
  })
})
