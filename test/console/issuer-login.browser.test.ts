import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TestHubOptions } from '../../src/hub/testing.js'
import { CLIENT_SECRET, logInAt, OidcProvider } from '../helpers/oidc/provider.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { faultsInLooks } from './axe.js'
import { type OpenConsole, openConsole } from './open-console.js'

const PATH = '/v1/session/oidc'
const OWN = { 'x-tocsin-console': '1', 'content-type': 'application/json' }

let provider: OidcProvider
let site: OpenConsole

beforeAll(async () => {
  provider = await OidcProvider.start()
  site = await openConsole({ config: configFor({ clientId: 'console', name: 'Example' }) })
})

afterAll(async () => {
  await site?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

afterEach(() => expect(site.complaints.splice(0)).toEqual([]))

function configFor(console: object): TestHubOptions['config'] {
  const map = [{ claim: 'groups', value: 'operators', principal: 'ops' }]
  const issuer = { issuer: provider.url, audience: 'tocsin', map, console }
  return { principals: { ops: { see: '*', monitor: true } }, oidc: [issuer as never] }
}

async function newPage(path = '/'): Promise<Page> {
  const page = await site.newPage({ as: 'nobody', path })
  // The pages of the provider ask for a font from elsewhere.
  await page.route(
    ({ hostname }) => hostname !== '127.0.0.1',
    (way) => way.fulfill({ body: '' }),
  )
  return page
}

const button = (page: Page) => page.getByRole('button', { name: 'Log in with Example' })

async function close(page: Page): Promise<void> {
  await page.context().close()
}

describe('the login page with an issuer', () => {
  it('leads to the pages of the issuer, and from there to where the person was', async () => {
    const page = await newPage('/view/events?filter=host/')
    await button(page).click()
    await page.waitForURL(`${provider.url}/**`)
    await logInAt(page, 'olga')
    await page.getByRole('navigation').waitFor()
    expect(await page.locator('.who').textContent()).toContain('ops@')
    await expect.poll(() => page.url()).toBe(`${site.url}/view/events?filter=host/`)
    const cookies = (await page.context().cookies(site.url)).filter(({ name }) => name.startsWith('tocsin-'))
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/' }])
    await page.reload()
    await page.locator('[data-mode="live"]').waitFor()
    await page.getByRole('button', { name: 'Log out' }).click()
    await button(page).waitFor()
    await close(page)
  })

  it('says what is missing when the account has no rights', async () => {
    const page = await newPage()
    await button(page).click()
    await logInAt(page, 'guest')
    await page.getByText('your account has no rights on this hub').waitFor()
    expect(await faultsInLooks(page)).toEqual([])
    await expect.poll(() => page.url()).toBe(`${site.url}/`)
    await close(page)
  })

  it('can be used again after the person has cancelled, or has come back, and leads to the same page', async () => {
    const path = '/view/bus?tab=access'
    const page = await newPage(path)
    await button(page).click()
    await page.waitForURL(`${provider.url}/**`)
    await page.goBack()
    await button(page).click()
    await page.getByRole('link', { name: 'Cancel' }).click()
    await page.getByText('You were not logged in there').waitFor()
    await expect.poll(() => page.url()).toBe(site.url + path)
    await button(page).click()
    await logInAt(page, 'olga')
    await page.getByRole('navigation').first().waitFor()
    await expect.poll(() => page.url()).toBe(site.url + path)
    await close(page)
  })

  it('shows no words that come from elsewhere', async () => {
    const page = await newPage(`${PATH}/callback?error=x&error_description=Call+this+number`)
    await page.getByText('The login took too long').waitFor()
    await close(page)
    const forged = await newPage('/#!Call this number')
    await forged.getByText('The login did not work. Log in again.').waitFor()
    expect(await forged.textContent('body')).not.toContain('number')
    await close(forged)
  })
})

interface Begun {
  location: URL
  cookie: string
}

async function begin(url = site.url, headers: Record<string, string> = {}): Promise<Begun> {
  const body = JSON.stringify({ issuer: provider.url, path: '/view/bus' })
  const answer = await fetch(url + PATH, { method: 'POST', headers: { ...OWN, ...headers }, body })
  expect(answer.status).toBe(200)
  const { location } = (await answer.json()) as { location: string }
  return { location: new URL(location), cookie: answer.headers.get('set-cookie')! }
}

/** Logs in at the issuer with a real browser, and returns the address that it would be sent to. */
async function answerOf({ location }: Begun): Promise<URL> {
  const context = await site.browser.newContext()
  const page = await context.newPage()
  const sent = page.waitForRequest((request) => request.url().includes(`${PATH}/callback`))
  await page.route(`**${PATH}/callback*`, (way) => way.abort())
  await page.goto(location.href)
  await logInAt(page, 'olga').catch(() => undefined)
  const url = new URL((await sent).url())
  await context.close()
  return url
}

async function bring(answer: URL, cookie: string): Promise<Response> {
  const headers = { cookie: cookie.split(';')[0] }
  const response = await fetch(answer, { headers, redirect: 'manual' })
  expect(response.status).toBe(303)
  return response
}

/** Where the hub sends a browser that brings this answer. */
const endOf = async (answer: URL, { cookie }: Begun) => (await bring(answer, cookie)).headers.get('location')

describe('a login at an issuer', () => {
  it('gives cookies for this hub only, which are secure if the page is', async () => {
    const { cookie } = await begin()
    expect(cookie).toMatch(/^tocsin-\d+-login=[\w-]{43}; Path=\/v1\/session\/oidc; HttpOnly; SameSite=Lax$/)
    const secure = await begin(site.url, { origin: site.url.replace('http:', 'https:') })
    expect(secure.cookie).toMatch(/; Secure$/)
    expect(secure.location.searchParams.get('redirect_uri')).toMatch(/^https:\/\/127/)
  })

  it('works once', async () => {
    const begun = await begin()
    const answer = await answerOf(begun)
    const first = await bring(answer, begun.cookie)
    expect(first.headers.get('location')).toBe('/view/bus')
    const [session, forgotten] = first.headers.getSetCookie()
    expect(session).toMatch(/^tocsin-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(forgotten).toContain('-login=; ')
    expect(forgotten).toContain('Max-Age=0')
    expect(await endOf(answer, begun)).toBe('/#!TCN_LOGIN_STATE')
    const another = await begin()
    answer.searchParams.set('state', another.location.searchParams.get('state')!)
    expect(await endOf(answer, another)).toBe('/view/bus#!TCN_LOGIN_REFUSED')
  })

  it('works only in the browser that has begun it, with the state and the nonce of it', async () => {
    const [begun, other] = [await begin(), await begin()]
    const answer = await answerOf(begun)
    expect(await endOf(answer, other)).toBe('/view/bus#!TCN_LOGIN_STATE')
    expect(await endOf(answer, { ...begun, cookie: 'none=1' })).toBe('/#!TCN_LOGIN_STATE')
    const changed = await begin()
    changed.location.searchParams.set('nonce', 'another')
    expect(await endOf(await answerOf(changed), changed)).toBe('/view/bus#!TCN_ACCESS_TOKEN')
  })

  it('begins only from a page of the console, and ends there', async () => {
    const ask = async (headers: Record<string, string>, path: string) => {
      const body = JSON.stringify({ issuer: provider.url, path })
      return (await fetch(site.url + PATH, { method: 'POST', headers, body })).status
    }
    expect(await ask({ 'content-type': 'application/json' }, '/')).toBe(403)
    expect(await ask({ ...OWN, origin: 'http://127.0.0.1:1' }, '/')).toBe(403)
    for (const path of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/\t/evil.example',
      '/v1/x',
      '/view/bus#x',
      '',
    ])
      expect(await ask(OWN, path), path).toBe(400)
    for (const path of ['/', '/?a=b', '/view/events?filter=a/']) expect(await ask(OWN, path), path).toBe(200)
  })

  it('that is refused is in the audit log', async () => {
    await bring(new URL(`${site.url}${PATH}/callback`), 'none=1')
    const client = await site.hub.connect()
    const subscription = client.subscribe('hub/audit/login', { from: 'start' })
    for await (const { data } of subscription.events()) {
      expect(data).toMatchObject({ way: 'browser', face: 'http', address: '127.0.0.1' })
      break
    }
    await client.close()
  })

  it('works for a client with a secret', async () => {
    const folder = temporaryFolder('oidc')
    const clientSecretFile = join(folder, 'secret')
    writeFileSync(clientSecretFile, `${CLIENT_SECRET}\n`)
    const hub = await openConsole({ config: configFor({ clientId: 'with-secret', clientSecretFile }) })
    const begun = await begin(hub.url)
    expect(await endOf(await answerOf(begun), begun)).toBe('/view/bus')
    await hub[Symbol.asyncDispose]()
  })
})

describe('an issuer that is away', () => {
  it('fails the login in bounded time when it answers nothing', async () => {
    const begun = await begin()
    const answer = await answerOf(begun)
    provider.freeze()
    expect(await endOf(answer, begun)).toBe('/view/bus#!TCN_ACCESS_ISSUER')
    provider.thaw()
  })

  it('leaves the login page as it is, and says so there', async () => {
    await using gone = await OidcProvider.start()
    const { oidc, ...config } = configFor({ clientId: 'console', name: 'Example' })!
    const [issuer] = oidc as [object]
    const hub = await openConsole({ config: { ...config, oidc: [{ ...issuer, issuer: gone.url } as never] } })
    const page = await hub.newPage({ as: 'nobody' })
    await button(page).waitFor()
    await gone[Symbol.asyncDispose]()
    await button(page).click()
    await page.getByText('The place where you log in does not answer').waitFor()
    expect(await button(page).isEnabled()).toBe(true)
    await page.getByLabel('Token', { exact: true }).waitFor()
    await hub[Symbol.asyncDispose]()
  })
})
