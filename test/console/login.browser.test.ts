import { beforeAll, describe, expect, it } from 'vitest'
import { hold, mode } from './page-parts.js'
import { openPage, openSite, page, publish, site, tokenOf } from './shared-console.js'

beforeAll(() => openSite({ config: { principals: { ann: { see: '*' } } } }))

const OWN = { 'x-tocsin-console': '1' }

async function cookieOf(headers: Record<string, string>): Promise<string> {
  const answer = await fetch(`${site.url}/v1/session`, { method: 'POST', headers: { ...OWN, ...headers } })
  expect(answer.status).toBe(200)
  return answer.headers.get('set-cookie')!
}

describe('the login of the console', () => {
  it('takes one click on the link of a fresh hub, which works once', async () => {
    const link = site.link('/view/events?filter=host/')
    await openPage({ as: 'nobody' })
    await page.goto('about:blank')
    await page.goto(link)
    await page.getByRole('navigation').waitFor()
    expect(await page.locator('.who').textContent()).toContain('admin@')
    await expect.poll(() => page.url()).toBe(`${site.url}/view/events?filter=host/`)
    const other = await site.newPage({ as: 'nobody' })
    await other.goto('about:blank')
    await other.goto(link)
    await other.getByText('This link has been used already').waitFor()
    expect(await other.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).toBe(
      '[{},{}]',
    )
  })

  it('takes a token, and forgets it when the person logs out', async () => {
    await openPage({ as: await tokenOf('ann') })
    expect(await page.locator('.who').textContent()).toContain('ann@')
    await page.reload()
    await page.getByRole('navigation').waitFor()
    // The end of the login ends questions that are not answered yet.
    await page.waitForLoadState('networkidle')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    expect(await page.context().cookies()).toEqual([])
  })

  it('says that the person is still logged in when the hub does not answer, and can be asked again', async () => {
    await openPage({ as: await tokenOf('ann') })
    await page.route('**/v1/session', (route) => route.abort())
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByText('You are still logged in. The hub does not answer.').waitFor()
    await page.keyboard.press('Escape')
    await page.unroute('**/v1/session')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    expect(await page.context().cookies()).toEqual([])
  })

  it.each(['types*', 'ticket'])('ends quietly before the page has the answer of %s', async (path) => {
    await openPage({ as: await tokenOf('ann'), path: '/view/bus' })
    const goOn = await hold(`**/v1/${path}`)
    const asked = page.waitForRequest(`**/v1/${path}`)
    await page.goto(`${site.url}/view/events?event=${site.hub.bus.epoch}-1`)
    const late = await asked
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    goOn()
    expect((await late.response())?.status()).toBe(401)
    await page.evaluate('new Promise((done) => setTimeout(done))')
    expect(site.complaints).toEqual([])
  })

  it('ends quietly while the page is opening its connection', async () => {
    await openPage({ as: await tokenOf('ann'), path: '/view/bus' })
    await page.route('**/v1/ticket', async (route) => {
      const response = await route.fetch()
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByRole('button', { name: 'Log in' }).waitFor()
      await route.fulfill({ response })
    })
    const refused = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('socketerror'))
    await page.goto(`${site.url}/view/events`)
    expect(await refused).toContain('Authentication failed')
    await page.evaluate('new Promise((done) => setTimeout(done))')
    await page.getByRole('button', { name: 'Log in' }).waitFor()
    expect(site.complaints).toEqual([])
  })

  it('has the focus in its first field, and after a refusal in what was wrong', async () => {
    await openPage({ as: 'nobody' })
    const token = page.getByLabel('Token', { exact: true })
    const isFocused = () => token.evaluate((own) => own === own.ownerDocument.activeElement)
    await expect.poll(isFocused).toBe(true)
    await page.keyboard.type('wrong')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'unknown or expired' }).waitFor()
    await expect.poll(isFocused).toBe(true)
    await page.keyboard.type(await tokenOf('ann'))
    await page.keyboard.press('Enter')
    await page.getByRole('navigation').first().waitFor()
  })

  it('takes a name and a password, and says when they are wrong', async () => {
    const { passwords } = site.hub.hub.access
    await passwords.set('ann', 'pässword with blanks')
    await openPage({ as: 'nobody' })
    await page.getByRole('button', { name: 'Name and password' }).click()
    expect(await page.getByRole('button', { name: 'Log in with' }).count()).toBe(0)
    await page.getByLabel('Name', { exact: true }).fill('ann')
    await page.getByLabel('Password', { exact: true }).fill('wrong password')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('the name or the password is wrong').waitFor()
    await page.getByLabel('Password', { exact: true }).fill('pässword with blanks')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('navigation').waitFor()
  })

  it('gives a cookie that no script reads and no other site sends', async () => {
    const cookie = await cookieOf({ authorization: `Bearer ${await tokenOf('ann')}` })
    expect(cookie).toMatch(/^tocsin-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const secure = await cookieOf({
      authorization: `Bearer ${await tokenOf('ann')}`,
      origin: site.url.replace('http:', 'https:'),
    })
    expect(secure).toMatch(/; Secure$/)
  })

  it('does not count for requests without the header that only the console sends', async () => {
    const cookie = (await cookieOf({ authorization: `Bearer ${await tokenOf('ann')}` })).split(';')[0]
    const ask = (headers: Record<string, string>) =>
      fetch(`${site.url}/v1/ticket`, { method: 'POST', headers: { cookie, ...headers } })
    expect((await ask({})).status).toBe(401)
    expect((await ask(OWN)).status).toBe(201)
    expect((await ask({ ...OWN, origin: 'http://127.0.0.1:1' })).status).toBe(403)
  })

  it('ends with the token that it came from, and with everything that was opened through it', async () => {
    const token = await tokenOf('ann', 'short')
    const cookie = (await cookieOf({ authorization: `Bearer ${token}` })).split(';')[0]
    const ask = () => fetch(`${site.url}/v1/session`, { headers: { ...OWN, cookie } })
    expect(await (await ask()).json()).toMatchObject({ principal: 'ann', admin: false, monitor: false })
    await site.manage('tokens.revoke', { name: 'short' })
    expect((await ask()).status).toBe(401)
  })

  it('is asked for again when the token has ended, and the page goes on where it was', async () => {
    await openPage({
      as: await tokenOf('ann', 'ending'),
      path: '/view/events?filter=again/',
    })
    await mode('live')
    await site.manage('tokens.revoke', { name: 'ending' })
    await page.getByLabel('Token', { exact: true }).fill(await tokenOf('ann'))
    await page.getByRole('button', { name: 'Log in' }).click()
    await mode('live')
    await publish('again/a', { back: 'yes' })
    await page.getByRole('gridcell', { name: 'back=yes' }).waitFor()
    await expect.poll(() => page.url()).toBe(`${site.url}/view/events?filter=again/`)
  })
})
