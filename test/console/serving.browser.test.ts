import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consoleFolder } from '../../src/faces/http/console/files.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { openConsole } from './open-console.js'

/**
 * Largest sizes of what a browser loads, compressed, bytes. The one for the first view of events is what people wait for;
 * the one for all files together only notices what nobody meant to add, since each page and dialog is loaded when it is
 * first shown.
 */
const MAX_IN_ALL = 161.5 * 1024
const MAX_EVENTS = 60 * 1024
/** The same for what the hub answers meanwhile. */
const MAX_ANSWERS = 15 * 1024

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub({ http: true })
})

afterAll(() => hub?.close())

const sizeOf = (name: string) => readFileSync(new URL(name, consoleFolder)).length
const compressed = readdirSync(consoleFolder).filter((name) => name.endsWith('.gz'))

describe('the files of the console', () => {
  it('are small', async () => {
    const inAll = compressed.reduce((sum, name) => sum + sizeOf(name), 0)
    expect(inAll).toBeLessThan(MAX_IN_ALL)
    await using site = await openConsole()
    const page = await site.newPage({ path: '/view/events' })
    await page.locator('[data-ready]').waitFor()
    const loaded = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)",
    )
    // The icon is named twice, and comes once. Over plain HTTP from elsewhere, browsers do not ask for the smaller form.
    const names = new Set(loaded.filter((path) => path.startsWith('/console/')).map((path) => path.slice(9)))
    expect(names.size).toBeGreaterThan(2)
    const sizes = [...names].map((name) => sizeOf(`${name}.gz`))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_EVENTS)
  })

  it('come in the smaller form to those that accept it', async () => {
    const [path = ''] = /\/console\/main-\w+\.js/.exec(await (await fetch(hub.http)).text()) ?? []
    const sizes = new Map<string, number>()
    for (const coding of ['identity', 'gzip', 'br', 'gzip, br']) {
      const answer = await fetch(hub.http + path, { method: 'HEAD', headers: { 'accept-encoding': coding } })
      expect(answer.headers.get('vary'), coding).toContain('accept-encoding')
      sizes.set(coding, Number(answer.headers.get('content-length')))
    }
    expect(sizes.get('br')).toBeLessThan(sizes.get('gzip')!)
    expect(sizes.get('gzip')).toBeLessThan(sizes.get('identity')!)
    expect(sizes.get('gzip, br')).toBe(sizes.get('br'))
  })

  it('need few bytes of answers before the first events are shown, and none of the types a second time', async () => {
    await using site = await openConsole()
    const page = await site.newPage({ path: '/view/events' })
    await page.locator('[data-ready]').waitFor()
    const answers = () =>
      page.evaluate<[path: string, bytes: number][]>(
        "performance.getEntriesByType('resource').map(({ name, transferSize }) => [new URL(name).pathname, transferSize]).filter(([path]) => path.startsWith('/v1/'))",
      )
    const first = await answers()
    expect(first.length).toBeGreaterThan(2)
    expect(first.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThanOrEqual(MAX_ANSWERS)
    await page.reload()
    await page.locator('[data-ready]').waitFor()
    const bytesOfTypes = (await answers()).find(([path]) => path === '/v1/types')![1]
    expect(bytesOfTypes).toBeLessThan(1000)
  })

  it('come with a policy that allows nothing from elsewhere', async () => {
    const answer = await fetch(hub.http)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = answer.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toContain('unsafe')
  })

  it('say to a reader without scripts how to get a token, and nothing about this hub', async () => {
    const html = await (await fetch(hub.http)).text()
    expect(html).toContain('tocsin token add NAME')
    for (const own of [hub.bus.epoch, new URL(hub.http).port, '0.1.0']) expect(html).not.toContain(own)
    const links = [...html.matchAll(/<a href="([^"]+)"/g)].map(([, link]) => link)
    expect(links).toEqual(['/v1/openapi.json'])
    expect((await fetch(hub.http + links[0])).status).toBe(200)
  })

  it('are asked for again only when they have changed', async () => {
    const page = await fetch(hub.http)
    const etag = page.headers.get('etag')!
    expect(page.headers.get('cache-control')).toBe('no-cache')
    expect((await fetch(hub.http, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const named = [...(await page.text()).matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)]
    expect(named.length).toBeGreaterThan(1)
    for (const [, path] of named) {
      const file = await fetch(hub.http + path)
      expect(file.status, path).toBe(200)
      expect(file.headers.get('cache-control')).toContain('immutable')
      expect(file.headers.get('content-encoding')).toBe('gzip')
    }
  })

  it('are sent as they are to a client that knows no compression', async () => {
    const answer = await fetch(hub.http, { headers: { 'accept-encoding': 'gzip;q=0, identity' } })
    expect(answer.headers.get('content-encoding')).toBeNull()
    expect(await answer.text()).toContain('<!doctype html>')
  })

  it('are the only ones that can be had', async () => {
    for (const name of ['..%2f..%2fpackage.json', 'nothing.js', '%2fetc%2fpasswd']) {
      expect((await fetch(`${hub.http}/console/${name}`)).status, name).toBe(404)
    }
  })
})
