import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { listenTcp } from '../../../src/faces/native/tcp.js'
import type { TlsListen } from '../../../src/faces/shared/listener.js'
import { type MadeCertificate, makeCertificate } from '../../../src/faces/shared/make-certificate.js'
import { closed } from '../../helpers/closed.js'
import { describeFace, type FaceHub, type FaceOptions } from '../behaviour.js'
import { drive } from './drive.js'
import { type Fixture, type FixtureOptions, startFixture } from './fixture.js'
import { RawPeer } from './raw-peer.js'

let own: MadeCertificate
let client: MadeCertificate
let stranger: MadeCertificate

beforeAll(async () => {
  own = await makeCertificate(['localhost', '127.0.0.1'], 2)
  client = await makeCertificate(['web.example'], 2)
  stranger = await makeCertificate(['web.example'], 2)
})

const secure = (): TlsListen => ({ cert: own.certificate, key: own.key })
/** Accepts client certificates signed by `client`, which is only its own. */
const mutual = (): TlsListen => ({
  ...secure(),
  ca: client.certificate,
  requestCert: true,
  rejectUnauthorized: false,
})

describeFace({ name: 'native over TCP', start: (options) => startFace(options) })
describeFace({ name: 'native over TLS', start: (options) => startFace(options, secure()) })

async function startFace(options: FaceOptions, tls?: TlsListen): Promise<FaceHub> {
  const fixture = await startFixture(options)
  const address = await listen(fixture, tls)
  const tokens = new Map<string, string>()
  return drive(fixture, async (as) => {
    const token = tokens.get(as) ?? (await fixture.access.tokens.add({ name: as })).token
    tokens.set(as, token)
    return { peer: new RawPeer(await dial(address)), token }
  })
}

function listen({ server, access }: Fixture, tls?: TlsListen): Promise<string> {
  return listenTcp(server, { host: '127.0.0.1', port: 0, identify: access.identify, tls })
}

async function dial(address: string, options: ConnectionOptions = {}): Promise<Socket> {
  const { protocol, hostname, port } = new URL(address)
  const at = { host: hostname, port: Number(port) }
  if (protocol === 'tcp:') {
    const socket = connect(at)
    await once(socket, 'connect')
    return socket
  }
  const socket = connectTls({ ...at, servername: 'localhost', ca: own.certificate, ...options })
  await once(socket, 'secureConnect')
  return socket
}

describe('over TCP', () => {
  let fixture: Fixture
  const peers: RawPeer[] = []

  async function start(options: FixtureOptions, tls?: TlsListen): Promise<string> {
    fixture = await startFixture(options)
    return listen(fixture, tls)
  }

  async function peer(address: string, options?: ConnectionOptions): Promise<RawPeer> {
    const raw = new RawPeer(await dial(address, options))
    peers.push(raw)
    return raw
  }

  afterEach(async () => {
    for (const each of peers.splice(0)) each.close()
    await fixture.close()
  })

  it('a peer without a token or with a wrong one is refused', async () => {
    const address = await start({})
    const without = await peer(address)
    expect(await without.send('hello', { version: 1 }).fault()).toBe('TCN_ACCESS_NO_TOKEN')
    const wrong = await peer(address)
    expect(await wrong.send('hello', { version: 1, token: 'tcn_x' }).fault()).toBe('TCN_ACCESS_TOKEN')
  })

  it('a revoked token closes the connections that use it, and no others', async () => {
    const address = await start({ grants: { a: { see: '*' }, b: {} } })
    const { token } = await fixture.access.tokens.add({ name: 'a' })
    const other = await fixture.access.tokens.add({ name: 'b' })
    const [one, two, three] = [await peer(address), await peer(address), await peer(address)]
    for (const each of [one, two]) expect(await each.hello({ token })).toMatchObject({ principal: 'a' })
    one.send('subscribe', { from: 'start' })
    await one.skipTo('live')
    await three.hello({ token: other.token })
    await fixture.access.tokens.revoke('a')
    expect(await one.fault()).toBe('TCN_ACCESS_TOKEN')
    expect(await two.fault()).toBe('TCN_ACCESS_TOKEN')
    three.send('ping', { id: 1 })
    expect((await three.take('pong')).body.id).toBe(1)
  })

  it('an address must wait after many failures', async () => {
    const address = await start({})
    const codes: string[] = []
    for (let n = 0; n < 21; n++) {
      codes.push(await (await peer(address)).send('hello', { version: 1, token: `${n}` }).fault())
    }
    expect(codes.at(-1)).toBe('TCN_ACCESS_TRIES')
  })

  it('the list of subscribers shows where a connection comes from', async () => {
    const address = await start({})
    const { token } = await fixture.access.tokens.add({ name: 'admin' })
    const reader = await peer(address)
    await reader.hello({ token, name: 'reader' })
    reader.send('subscribe', {})
    await reader.skipTo('live')
    const [subscription] = fixture.bus.subscriptions
    expect(subscription.label).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+ reader$/)
  })

  it('a port in use is refused with a code', async () => {
    const { port } = new URL(await start({}))
    const { server, access } = fixture
    await expect(
      listenTcp(server, { host: '127.0.0.1', port: Number(port), identify: access.identify }),
    ).rejects.toMatchObject({ code: 'TCN_SOCKET_IN_USE' })
  })

  it('connections over the limit are turned away with a code', async () => {
    const address = await start({ budgets: { connections: 1 } })
    const { token } = await fixture.access.tokens.add({ name: 'admin' })
    await (await peer(address)).hello({ token })
    expect(await (await peer(address)).fault()).toBe('TCN_PROTOCOL_TOO_MANY')
  })

  describe('with TLS', () => {
    const withCertificate = (made: MadeCertificate) => ({ cert: made.certificate, key: made.key })
    const grants = { web: { certificates: ['web.example'], source: 'site/web' } }

    it('a client certificate determines the principal without a token', async () => {
      const address = await start({ grants }, mutual())
      const welcome = await (await peer(address, withCertificate(client))).hello()
      expect(welcome).toMatchObject({ principal: 'web', source: 'site/web' })
    })

    it('an untrusted client certificate is ignored, whatever name it contains', async () => {
      const address = await start({ grants }, mutual())
      const raw = await peer(address, withCertificate(stranger))
      expect(await raw.send('hello', { version: 1 }).fault()).toBe('TCN_ACCESS_NO_TOKEN')
    })

    it('a client certificate is ignored if clients are not asked for one', async () => {
      const address = await start({ grants }, secure())
      const raw = await peer(address, withCertificate(client))
      expect(await raw.send('hello', { version: 1 }).fault()).toBe('TCN_ACCESS_NO_TOKEN')
    })

    it('a token takes precedence over a certificate', async () => {
      const address = await start({ grants: { ...grants, ops: {} } }, mutual())
      const { token } = await fixture.access.tokens.add({ name: 'ops' })
      const welcome = await (await peer(address, withCertificate(client))).hello({ token })
      expect(welcome.principal).toBe('ops')
    })

    it('versions before 1.2 are not supported', async () => {
      const address = await start({}, secure())
      await expect(
        dial(address, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
      ).rejects.toThrow()
    })

    it('a peer that does not use TLS or never finishes the handshake delays neither other peers nor a stop', async () => {
      const address = await start({}, secure())
      const plain = await dial(address.replace('tls:', 'tcp:'))
      plain.end('GET / HTTP/1.1\r\n\r\n')
      await closed(plain)
      const gone = closed(await dial(address.replace('tls:', 'tcp:')))
      const { token } = await fixture.access.tokens.add({ name: 'admin' })
      await (await peer(address)).hello({ token })
      await fixture.close()
      await gone
    })
  })
})
