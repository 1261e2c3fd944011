import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeyPair, SignJWT } from 'jose'
import { afterEach, expect, it, vi } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { MadeTokenInfo } from '../../src/methods/contract/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Issuer } from './issuer.js'

let hub: TestHub
let admin: Client
let issuer: Issuer
let data: string

afterEach(async () => {
  await admin.close()
  await hub.close()
  await issuer.stop()
})

async function newIssuer(): Promise<(expires: string) => Promise<string>> {
  const pair = await generateKeyPair('ES256', { extractable: true })
  issuer = await Issuer.start()
  await issuer.publish('1', 'ES256', pair)
  const claims = { iss: issuer.url, aud: 'tocsin', sub: 'canary-person', groups: ['operators'] }
  return (expires) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: '1' })
      .setExpirationTime(expires)
      .sign(pair.privateKey)
}

/** Returns everything that the hub has written, as characters of one byte. */
function stored(): string {
  const paths = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => join(data, name))
  const files = paths.filter((path) => statSync(path).isFile())
  expect(files).not.toEqual([])
  return files.map((path) => readFileSync(path, 'latin1')).join('\n')
}

it('no secret appears in results, errors, metrics, status, events or files', async () => {
  const printed: string[] = []
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => printed.push(String(chunk)) > 0)
  }
  const sign = await newIssuer()
  const map = [{ claim: 'groups', value: 'operators', principal: 'ops' }]
  data = temporaryFolder('canaries')
  hub = await startTestHub({
    http: true,
    data,
    config: {
      listen: { tcp: '127.0.0.1:0' },
      principals: { ops: '*' },
      oidc: [{ issuer: issuer.url, audience: 'tocsin', map }],
    },
  })
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
  const [person, late] = [await sign('5m'), await sign('-5m')]
  expect((await ask(`Bearer ${person}`, '/v1/info')).status).toBe(200)
  const visitor = await connect({ address: tcp, token: person, reconnect: false })

  const told: string[] = []
  for (const authorization of [
    ...[wrong, jwt, late, `${person}x`, person].map((shown) => `Bearer ${shown}`),
    ...[`${basic}x`, basic].map((shown) => `Basic ${shown}`),
  ]) {
    told.push(await (await ask(authorization, '/v1/nowhere')).text())
    told.push(await (await ask(authorization, '/v1/events?from=nonsense')).text())
  }
  for (const shown of [wrong, jwt, late]) {
    await connect({ address: tcp, token: shown, reconnect: false }).catch((error) => told.push(String(error)))
  }
  for (const params of [
    { principal: 'nobody', password },
    { principal: 'me', password: [password] },
  ]) {
    await admin
      .request<unknown>('passwords.set', params)
      .catch((error) => told.push(JSON.stringify(error), String(error)))
  }
  told.push(await (await fetch(`${hub.http}/v1/stream?ticket=${ticket.ticket}x`)).text())
  for (const method of ['hub.status', 'subscribers.list', 'tokens.list', 'metrics.read']) {
    told.push(JSON.stringify(await admin.request<unknown>(method, {})))
  }
  const used = `${hub.http}/v1/stream?from=start&to=end&ticket=${ticket.ticket}`
  for (const status of [200, 401]) {
    const response = await fetch(used)
    expect(response.status).toBe(status)
    told.push(await response.text())
  }
  told.push(await (await ask(`Bearer ${token}`, '/metrics')).text())
  // The event about refused connections follows a second later.
  const refused = admin.subscribe('hub/refused', { from: 'start' }).events()[Symbol.asyncIterator]()
  await refused.next()
  for await (const event of admin.read(undefined, { from: 'start', to: 'end' }).events()) {
    told.push(JSON.stringify([event.tag, event.source, event.data]))
  }
  await visitor.close()
  vi.restoreAllMocks()
  await hub.hub.stop()
  const all = [...told, ...printed, stored()].join('\n')
  for (const secret of [
    token.slice(17),
    password,
    'canary-token',
    'canary-signature',
    ticket.ticket,
    basic,
    ...[person, late].map((jwt) => jwt.split('.')[2]),
  ]) {
    // Compared as a boolean: the message of a failure would contain everything.
    expect(all.includes(secret)).toBe(false)
  }
})
