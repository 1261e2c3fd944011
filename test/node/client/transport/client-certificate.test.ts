// Runs on each supported Node.js: TLS.
import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { type Client, connect } from '../../../../src/client/index.js'
import type { TlsListen } from '../../../../src/faces/shared/listener.js'
import { type MadeCertificate, makeCertificate } from '../../../../src/faces/shared/make-certificate.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { openHttp, openTcp } from '../../../helpers/open-face.js'

let own: MadeCertificate
let web: MadeCertificate
let stranger: MadeCertificate
beforeAll(async () => {
  own = await makeCertificate(['127.0.0.1'], 2)
  web = await makeCertificate(['web.example'], 2)
  stranger = await makeCertificate(['web.example'], 2)
})

const principals = { web: { certificates: ['web.example'], see: '*', publish: 'web/' } }
let hub: TestHub
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  await hub.close()
})

async function start(kind: 'tls' | 'wss'): Promise<string> {
  hub = await startTestHub({ config: { principals } })
  const tls: TlsListen = {
    cert: own.certificate,
    key: own.key,
    ca: web.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  }
  const address = await (kind === 'tls' ? openTcp(hub, 0, tls) : openHttp(hub, 0, tls))
  return address.replace('https', 'wss')
}

async function dial(address: string, shown: MadeCertificate, token?: string): Promise<Client> {
  const tls = { ca: own.certificate, ...shown }
  const client = await connect({ address, token, tls })
  clients.push(client)
  return client
}

describe.each(['tls', 'wss'] as const)('a client with a certificate at %s://', (kind) => {
  it('is the principal that its certificate names, without a token', async () => {
    const client = await dial(await start(kind), web)
    expect(client.welcome.principal).toBe('web')
    await client.publish('web/started', {})
  })

  it('is refused with a certificate that the hub does not trust', async () => {
    const address = await start(kind)
    await expect(dial(address, stranger)).rejects.toMatchObject({ code: 'TCN_ACCESS_NO_TOKEN' })
  })

  it('is the principal of its token, if it has one', async () => {
    const address = await start(kind)
    const admin = await hub.connect()
    const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'me', rights: {} })
    await admin.close()
    expect((await dial(address, web, token)).welcome.principal).toBe('me')
    await expect(dial(address, web, 'tcn_nonsense')).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
  })
})

describe('a stream of CloudEvents over a WebSocket', () => {
  const open = async (shown: MadeCertificate) =>
    new WebSocket(`${await start('wss')}/v1/ws`, 'cloudevents.json', {
      ca: own.certificate,
      cert: shown.certificate,
      key: shown.key,
    })

  it('begins for the principal that a certificate names', async () => {
    const socket = await open(web)
    const [message] = await once(socket, 'message')
    expect(JSON.parse(String(message))).toMatchObject({ type: 'tocsin.live' })
    expect([...hub.bus.subscriptions].map(({ principal }) => principal.name)).toEqual(['web'])
    socket.close()
  })

  it('is refused to a certificate that the hub does not trust', async () => {
    const socket = await open(stranger)
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(401)
    socket.terminate()
  })
})
