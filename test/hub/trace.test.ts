import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../src/client/index.js'
import { startTestHub } from '../../src/hub/testing.js'
import { openTcp } from '../helpers/open-face.js'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('the trace of an event, published over HTTP or the native protocol, is delivered everywhere', async () => {
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

  const ours = 'filter=native/&filter=http/'
  const native: unknown[] = []
  for await (const event of client.read(['native/', 'http/']).events())
    native.push(event.attributes.traceparent)
  expect(native).toEqual([traceparent, traceparent])

  const page = await fetch(`${hub.http}/v1/events?from=start&${ours}`, { headers: { authorization } })
  const { events } = (await page.json()) as { events: { traceparent: string }[] }
  expect(events.map((event) => event.traceparent)).toEqual([traceparent, traceparent])

  const stream = await fetch(`${hub.http}/v1/stream?from=start&to=@3&${ours}`, { headers: { authorization } })
  expect((await stream.text()).split(traceparent).length - 1).toBe(2)

  const facets = await fetch(`${hub.http}/v1/facets?field=traceparent&${ours}`, {
    headers: { authorization },
  })
  expect(await facets.json()).toMatchObject({ values: [{ value: traceparent, count: 2 }], total: 2 })
  await client.close()
})

test('a trace published over HTTP reaches live subscribers of every face', async () => {
  await using hub = await startTestHub({ http: true })
  const admin = await hub.connect()
  const rights = { see: '*', publish: '*' }
  const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'me', rights })
  const headers = { authorization: `Bearer ${token}` }
  const socketUrl = `${hub.http.replace('http', 'ws')}/v1/ws`
  const addresses = [hub.address, await openTcp(hub), hub.http]
  const clients = await Promise.all(addresses.map((address) => connect({ address, token })))
  const subscriptions = clients.map((client) => client.subscribe('http/'))
  await Promise.all(subscriptions.map((subscription) => subscription.ready()))
  const sockets = ['tocsin.v1+json', 'cloudevents.json'].map(
    (protocol) => new WebSocket(`${socketUrl}?filter=http/`, protocol, { headers }),
  )
  const [json] = sockets
  json.once('open', () => {
    json.send(JSON.stringify({ op: 'hello', version: 1 }))
    json.send(JSON.stringify({ op: 'subscribe', filters: 'http/' }))
  })
  const said = sockets.map((socket) => carrying(socket, traceparent))
  const live = sockets.map((socket) => carrying(socket, 'live'))
  const stream = await fetch(`${hub.http}/v1/stream?filter=http/`, { headers })
  await Promise.all(live)

  const posted = await fetch(`${hub.http}/v1/events`, {
    method: 'POST',
    headers: { ...headers, traceparent, 'content-type': 'application/json' },
    body: JSON.stringify({ tag: 'http/1', data: 1 }),
  })
  expect(posted.status).toBe(200)
  for (const subscription of subscriptions) {
    for await (const event of subscription.events()) {
      expect(event.attributes.traceparent).toBe(traceparent)
      break
    }
  }
  const [record, cloudEvent] = await Promise.all(said)
  expect(record).toMatchObject({ op: 'event', event: { subject: 'http/1', traceparent } })
  expect(cloudEvent).toMatchObject({ subject: 'http/1', traceparent })
  let streamed = ''
  for await (const chunk of stream.body ?? []) {
    streamed += Buffer.from(chunk).toString()
    if (/^data: .*"subject"/m.test(streamed)) break
  }
  expect(streamed).toContain(`"traceparent":"${traceparent}"`)
  for (const socket of sockets) socket.terminate()
  for (const client of [...clients, admin]) await client.close()
})

function carrying(socket: WebSocket, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      if (String(data).includes(text)) resolve(JSON.parse(String(data)))
    })
  })
}
