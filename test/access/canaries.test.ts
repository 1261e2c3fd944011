import { afterEach, expect, it, vi } from 'vitest'
import type { MadeTokenInfo } from '../../src/bus/token-types.js'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'

let hub: TestHub
let admin: Client

afterEach(async () => {
  await admin.close()
  await hub.close()
})

it('no secret shows in answers, errors, metrics, status or events', async () => {
  const printed: string[] = []
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => printed.push(String(chunk)) > 0)
  }
  hub = await startTestHub({ http: true, config: { listen: { tcp: '127.0.0.1:0' } } })
  await hub.hub.listenNetwork()
  admin = await hub.connect()
  const tcp = hub.hub.listeners.find(({ address }) => address.startsWith('tcp:'))?.address ?? ''
  const { token } = await admin.request<MadeTokenInfo>('tokens.add', { name: 'me', rights: '*' })
  const password = 'canary-password'
  await admin.request('passwords.set', { principal: 'me', password })
  const wrong = 'tcn_0123456789ab_canary-token-canary-token-canary-token-cana'
  const jwt = 'eyJhbGciOiJub25lIn0.eyJpc3MiOiJjYW5hcnkifQ.canary-signature'
  const basic = Buffer.from(`me:${password}`).toString('base64')
  const ask = (authorization: string, path: string, init: RequestInit = {}) =>
    fetch(hub.http + path, { ...init, headers: { authorization } })
  const ticket = (await (await ask(`Bearer ${token}`, '/v1/ticket', { method: 'POST' })).json()) as {
    ticket: string
  }
  expect(ticket.ticket).toBeTypeOf('string')

  const told: string[] = []
  for (const authorization of [`Bearer ${wrong}`, `Bearer ${jwt}`, `Basic ${basic}x`, `Basic ${basic}`]) {
    told.push(await (await ask(authorization, '/v1/nowhere')).text())
    told.push(await (await ask(authorization, '/v1/events?from=nonsense')).text())
  }
  for (const shown of [wrong, jwt]) {
    await connect({ address: tcp, token: shown, reconnect: false }).catch((error) => told.push(String(error)))
  }
  for (const params of [
    { principal: 'nobody', password },
    { principal: 'me', password: [password] },
  ]) {
    await admin
      .request('passwords.set', params)
      .catch((error) => told.push(JSON.stringify(error), String(error)))
  }
  told.push(await (await fetch(`${hub.http}/v1/stream?ticket=${ticket.ticket}x`)).text())
  for (const method of ['hub.status', 'subscribers.list', 'tokens.list', 'metrics.read']) {
    told.push(JSON.stringify(await admin.request(method, {})))
  }
  told.push(await (await ask(`Bearer ${token}`, '/metrics')).text())
  // The word about refused connections comes a second later.
  const refused = admin.subscribe('hub/refused', { from: 'start' }).events()[Symbol.asyncIterator]()
  await refused.next()
  for await (const event of admin.read(undefined, { from: 'start', to: 'end' }).events()) {
    told.push(JSON.stringify([event.tag, event.source, event.data]))
  }
  vi.restoreAllMocks()
  const all = [...told, ...printed].join('\n')
  for (const secret of [
    token.slice(17),
    password,
    'canary-token',
    'canary-signature',
    ticket.ticket,
    basic,
  ]) {
    expect(all).not.toContain(secret)
  }
})
