import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { listenTcp } from '../../../src/faces/native/tcp.js'
import type { TlsListen } from '../../../src/faces/shared/listener.js'
import { makeCertificate } from '../../../src/faces/shared/make-certificate.js'
import { closed } from '../../helpers/closed.js'
import { startFixture } from './fixture.js'
import { RawPeer } from './raw-peer.js'

/** With 40 connections, 16 may be unidentified, 8 of them from one network. */
const budgets = { connections: 40 }

async function start(tls?: TlsListen) {
  const fixture = await startFixture({ budgets })
  onTestFinished(() => fixture.close())
  const { server, access } = fixture
  const { port } = new URL(
    await listenTcp(server, { host: '127.0.0.1', port: 0, identify: access.identify, tls }),
  )
  const { token } = await access.tokens.add({ name: 'admin' })
  const dial = async () => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { fixture, token, dial, port: Number(port) }
}

it('silent peers over TCP lose their connections to newer ones, and never keep anybody out', async () => {
  const { fixture, token, dial } = await start()
  const known = new RawPeer(await dial())
  await known.hello({ token })
  const first = new RawPeer(await dial())
  const fault = first.fault()
  for (let n = 0; n < 100; n++) await dial()
  expect(await fault).toBe('TCN_PROTOCOL_TOO_MANY')
  expect(fixture.server.budgets.strangers.size).toBe(8)
  await new RawPeer(await dial()).hello({ token })
  await new RawPeer(fixture.path).hello()
  expect(known.isClosed).toBe(false)
})

it('silent peers before the TLS handshake and after it lose their connections to newer ones', async () => {
  const own = await makeCertificate(['localhost'], 2)
  const { fixture, token, dial, port } = await start({ cert: own.certificate, key: own.key })
  const secure = async () => {
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ca: own.certificate })
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    return socket
  }
  const known = new RawPeer(await secure())
  await known.hello({ token })
  expect(fixture.server.budgets.strangers.size).toBe(0)
  const silent = [closed(await secure()), closed(await dial())]
  for (let n = 0; n < 20; n++) await dial()
  await Promise.all(silent)
  expect(fixture.server.budgets.strangers.size).toBe(8)
  await new RawPeer(await secure()).hello({ token })
  expect(known.isClosed).toBe(false)
})

it('peers that come at once over TLS are all served, if they try again when they are refused', async () => {
  const own = await makeCertificate(['localhost'], 2)
  const { fixture, token, port } = await start({ cert: own.certificate, key: own.key })
  const options = { host: '127.0.0.1', port, servername: 'localhost', ca: own.certificate }
  const attach = async (): Promise<void> => {
    const socket = connectTls(options)
    onTestFinished(() => void socket.destroy())
    const isSecure = await new Promise<boolean>((resolve) => {
      socket.once('secureConnect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (isSecure) await new RawPeer(socket).hello({ token })
    else await attach()
  }
  await Promise.all(Array.from({ length: 30 }, attach))
  expect(fixture.server.connections).toBe(30)
})
