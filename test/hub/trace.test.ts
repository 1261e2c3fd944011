import { expect, test } from 'vitest'
import { startTestHub } from '../../src/hub/testing.js'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('the trace of an event, published by HTTP or the native protocol, goes out with it everywhere', async () => {
  await using hub = await startTestHub({ http: true })
  const client = await hub.connect()
  const { token } = (await client.request('tokens.add', {
    name: 'me',
    rights: { see: '*', publish: '*' },
  })) as {
    token: string
  }
  const authorization = `Bearer ${token}`
  await client.publish('native/1', 1, { attributes: { traceparent } })
  const posted = await fetch(`${hub.http}/v1/events`, {
    method: 'POST',
    headers: { authorization, traceparent, 'content-type': 'application/json' },
    body: JSON.stringify({ tag: 'http/1', data: 2 }),
  })
  expect(posted.ok, await posted.clone().text()).toBe(true)

  const native: unknown[] = []
  for await (const event of client.read().events()) native.push(event.attributes.traceparent)
  expect(native).toEqual([traceparent, traceparent])

  const page = await fetch(`${hub.http}/v1/events?from=start`, { headers: { authorization } })
  const { events } = (await page.json()) as { events: { traceparent: string }[] }
  expect(events.map((event) => event.traceparent)).toEqual([traceparent, traceparent])

  const stream = await fetch(`${hub.http}/v1/stream?from=start&to=@2`, { headers: { authorization } })
  expect((await stream.text()).split(traceparent).length - 1).toBe(2)

  const facets = await fetch(`${hub.http}/v1/facets?field=traceparent`, { headers: { authorization } })
  expect(await facets.json()).toMatchObject({ values: [{ value: traceparent, count: 2 }], total: 2 })
  await client.close()
})
