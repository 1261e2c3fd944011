import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { readPage } from '../docs/page.js'
import { BrowserSite } from './browser-site.js'

const [example] = readPage('docs/guide/client.md').blocks.filter(({ language }) => language === 'html')

let site: BrowserSite
let hub: TestHub

beforeAll(async () => {
  site = await BrowserSite.open()
  hub = await startTestHub({ http: true, config: { listen: { http: { origins: [site.origin] } } } })
})

afterAll(async () => {
  await hub?.close()
  await site?.[Symbol.asyncDispose]()
})

it('the page of the client guide shows past and new events', async () => {
  const client = await hub.connect()
  const { token } = await client.request<{ token: string }>('tokens.add', {
    name: 'page',
    rights: { see: '*' },
  })
  await client.publish('demo/past', { n: 1 })
  site.show(example.text.replaceAll('http://127.0.0.1:4580', hub.http))
  const page = await site.newPage('/example', (dialog) => dialog.accept(token))
  await page.getByText('demo/past {"n":1}').waitFor()
  await client.publish('demo/new', { n: 2 })
  await page.getByText('demo/new {"n":2}').waitFor()
  expect(await page.locator('li').count()).toBe(2)
  await page.close()
  await client.close()
})
