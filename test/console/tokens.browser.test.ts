import { beforeAll, describe, expect, it } from 'vitest'
import type { TokenInfo } from '../../src/methods/contract/index.js'
import { dialog, panel, rowIn } from './page-parts.js'
import { openPage, openSite, page, site, tokenOf } from './shared-console.js'

beforeAll(async () => {
  const principals = {
    ann: { see: 'work/' },
    otto: { monitor: true },
    deputy: { admin: true, see: 'work/', produce: '*' as const },
  }
  await openSite({ config: { principals } })
  await tokenOf('ann')
})

const tokens = () => panel('Tokens')
const row = (name: string) => rowIn('Tokens', name)
const field = (label: string) => dialog().getByLabel(label, { exact: true })

async function open(as?: string): Promise<void> {
  const options = { permissions: ['clipboard-read', 'clipboard-write'] }
  await openPage({ path: '/view/bus?tab=access', as, ...options })
  await tokens().waitFor()
}

async function listed(name: string): Promise<TokenInfo | undefined> {
  const { tokens } = await site.manage<{ tokens: TokenInfo[] }>('tokens.list', {})
  return tokens.find((each) => each.name === name)
}

async function make(name: string): Promise<void> {
  await field('Name').fill(name)
  await dialog().getByRole('button', { name: 'Make the token' }).click()
}

const principalWith = async (token: string) => {
  const headers = { authorization: `Bearer ${token}`, 'x-tocsin-console': '1' }
  return (await (await fetch(`${site.url}/v1/session`, { headers })).json()).principal
}

describe('a token made on the page of the bus', () => {
  it('has the rights and the lifetime that were chosen, and is shown once', async () => {
    await open()
    await page.getByRole('button', { name: 'New token' }).click()
    await field('May see').fill('salt/  host/')
    await field('May publish').fill('*')
    await field('may look at the state of the hub').check()
    await dialog().getByLabel('Expires').selectOption('after a week')
    await make('printer')
    const token = (await dialog().locator('.made-token').textContent())!
    await dialog().getByRole('button', { name: 'Copy the token' }).click()
    await dialog().getByText('Copied').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(token)
    expect(await principalWith(token)).toBe('printer')
    const { rights, created, expires } = (await listed('printer'))!
    expect(rights).toEqual({ see: ['salt/', 'host/'], publish: '*', monitor: true })
    expect(expires! - created).toBe(7 * 86_400e6)
    await row('printer').getByText('publish * · see salt/ host/ · monitor').waitFor()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await dialog().waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain(token)
  })

  it('stays in sight until the person is done with it', async () => {
    await open()
    await page.getByRole('button', { name: 'New token' }).click()
    await dialog().getByLabel('Rights').selectOption('those of ann')
    expect(await field('May see').count()).toBe(0)
    await dialog().getByLabel('Expires').selectOption('never')
    await make('kept')
    await dialog().locator('.made-token').waitFor()
    await page.keyboard.press('Escape')
    await page.mouse.click(2, 200)
    await dialog().locator('.made-token').waitFor()
    expect(await listed('kept')).toMatchObject({ principal: 'ann', rights: { see: ['work/'] } })
    expect((await listed('kept'))?.expires).toBeUndefined()
  })

  it('that is not possible is not made, and the form says why and stays as it is', async () => {
    await open()
    await page.getByRole('button', { name: 'New token' }).click()
    await field('May see').fill('salt')
    await make('faulty')
    await dialog().getByText('salt is not a tag prefix: it must end in /').waitFor()
    await field('May see').fill('salt/')
    await make('not a name')
    await dialog().getByText('letters, digits, dots, dashes and underscores', { exact: false }).waitFor()
    expect(await field('May see').inputValue()).toBe('salt/')
    expect(await listed('faulty')).toBeUndefined()
  })
})

it('revoking a token that was rotated says that both end', async () => {
  await site.manage('tokens.add', { name: 'turned', principal: 'ann' })
  await site.manage('tokens.rotate', { name: 'turned', grace: 3600e6 })
  await open()
  await row('turned').getByRole('img', { name: 'old' }).waitFor()
  await row('turned').first().getByRole('button', { name: 'Revoke' }).click()
  await dialog().getByText('Revoke all 2 tokens named turned, old and new?').waitFor()
  await dialog().getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('2 tokens named turned are revoked.').waitFor()
  expect(await listed('turned')).toBeUndefined()
})

it('a narrow screen shows below the name of a token when it was used, and until when it is valid', async () => {
  const expires = 7 * 86_400e6
  const { token } = await site.manage<{ token: string }>('tokens.add', {
    name: 'short',
    principal: 'ann',
    expires,
  })
  await principalWith(token)
  await open()
  await row('short').waitFor()
  const lines = row('short').getByText('Last used:')
  expect(await lines.isVisible()).toBe(false)
  await page.setViewportSize({ width: 360, height: 740 })
  await lines.waitFor()
  expect(await lines.textContent()).toMatch(/^Last used: .+ agoExpires: \d+ \w{3}( \d{4})? \d\d:\d\d$/)
  const cut =
    "[...document.querySelectorAll('td:has(.below)')].filter((cell) => cell.scrollWidth > cell.clientWidth)"
  expect(await page.evaluate(`${cut}.length`)).toBe(0)
  expect(await tokens().getByRole('columnheader', { name: 'Expires' }).count()).toBe(0)
})

describe('somebody with fewer rights', () => {
  it('cannot give more than they have', async () => {
    await open(await tokenOf('deputy'))
    await page.getByRole('button', { name: 'New token' }).click()
    await dialog().getByLabel('Rights').selectOption('those of admin')
    await make('more')
    await dialog().getByText('rights that deputy does not have').waitFor()
    await dialog().getByLabel('Rights').selectOption('those of ann')
    await dialog().getByRole('button', { name: 'Make the token' }).click()
    await dialog().locator('.made-token').waitFor()
  })

  it('is offered nothing without the right to administer', async () => {
    await open(await tokenOf('otto'))
    await tokens().getByText('It takes the right admin.').waitFor()
    expect(await tokens().getByRole('button').count()).toBe(0)
    expect(await tokens().getByRole('searchbox').count()).toBe(0)
  })
})
