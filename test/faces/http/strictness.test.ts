import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'

let hub: TestHub
let authorization: string

beforeAll(async () => {
  hub = await startTestHub({ http: true })
  const client = await hub.connect()
  const { token } = await client.request<{ token: string }>('tokens.add', { name: 'me', rights: '*' })
  authorization = `Bearer ${token}`
  await client.close()
})

afterAll(() => hub?.close())

const attributes = {
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': 's',
  'ce-type': 't',
  'ce-subject': 'a/b',
}

function publish(type: string, body: string | Buffer<ArrayBuffer>): Promise<Response> {
  const headers = { authorization, 'content-type': type, ...attributes }
  return fetch(`${hub.http}/v1/events`, { method: 'POST', headers, body })
}

it('refuses JSON that is not UTF-8 in binary mode, as in every other form', async () => {
  const response = await publish('application/json', Buffer.from('7b2278223a22ff227d', 'hex'))
  expect(response.status).toBe(400)
})

it('knows the media type of a structured event in capital letters beside headers of attributes', async () => {
  const event = { specversion: '1.0', id: '1', source: 's', type: 't', subject: 'own/tag', data: 'in it' }
  expect((await publish('Application/CloudEvents+JSON', JSON.stringify(event))).status).toBe(200)
  const page = await fetch(`${hub.http}/v1/events?from=start&filter=own/`, { headers: { authorization } })
  expect(await page.json()).toMatchObject({ events: [{ subject: 'own/tag', data: 'in it' }] })
})

it('refuses what the HTTP library refuses with an answer of the client and not of the hub', async () => {
  const ask = async (path: string, method: string) => (await fetch(hub.http + path, { method })).status
  expect(await ask(`/v1/types/${'x'.repeat(201)}`, 'GET')).toBe(404)
  expect(await ask('/v1/info', 'QUERY')).toBeLessThan(500)
})
