import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestHubOptions } from '../../src/hub/testing.js'
import { type ConsolePageOptions, type OpenConsole, openConsole } from './open-console.js'

/** One console for all tests of the file that imports this. It calls `openSite` before them. */
export let site: OpenConsole
/** The page that was opened last. All pages are closed after each test. */
export let page: Page
/** A prefix of tags that belongs to the test alone, as all share one hub. */
export let area = ''

/** The number in the last name, so that no two names are the same. */
let names = 0

/** Each test has tags of its own. */
export function beginTest(): void {
  area = `area${++names}`
}

export async function endTest(): Promise<void> {
  for (const context of site?.browser.contexts() ?? []) {
    for (const each of context.pages()) await each.unrouteAll({ behavior: 'ignoreErrors' })
    await context.close()
  }
  expect(site?.complaints.splice(0) ?? []).toEqual([])
}

export async function closeSite(): Promise<void> {
  const closed = site
  site = undefined!
  await closed?.[Symbol.asyncDispose]()
}

export async function openSite(options?: TestHubOptions): Promise<void> {
  site = await openConsole(options)
}

export async function openPage(options: ConsolePageOptions = {}): Promise<void> {
  page = await site.newPage(options)
  if (options.as !== 'nobody') await page.locator('[data-ready]').waitFor()
}

/** Opens the list of the events of this test; `params` are added to the address. */
export async function openEvents(params = ''): Promise<void> {
  await openPage({ path: `/view/events?filter=${area}/${params}` })
}

/** Opens the page of the bus, with this token. */
export async function openBus(as?: string): Promise<void> {
  await openPage({ path: '/view/bus', as })
}

/** Publishes events one after the other, and returns the cursor of the last one. */
export async function publish(tag: string, ...bodies: unknown[]): Promise<string> {
  await using client = await site.hub.connect()
  let last = ''
  for (const body of bodies) last = (await client.publish(tag, body)).cursor!
  return last
}

/** Makes a token of a principal. */
export async function tokenOf(principal: string, name = `token${++names}`): Promise<string> {
  return (await site.manage<{ token: string }>('tokens.add', { name, principal })).token
}
