import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request as requestHttps } from 'node:https'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { makeCertificate } from '../../../../src/faces/shared/make-certificate.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { PASSWORD, RawPeer, type RestFixture, StreamReader, startRest } from './fixture.js'

let rest: RestFixture

afterEach(() => rest.close())

/** Opens a WebSocket. `closed` resolves with the code with which the hub closes it. */
async function openWebSocket(token: string): Promise<{ closed: Promise<number> }> {
  const socket = new WebSocket(`${rest.url.replace('http', 'ws')}/ws/${token}`)
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await once(socket, 'open')
  return { closed }
}

describe('streams and WebSockets end', () => {
  it('when their token expires', async () => {
    rest = await startRest({ sessionTimeout: '2s' })
    const token = await rest.login()
    const { closed } = await openWebSocket(token)
    const stream = await StreamReader.open(`${rest.url}/events?token=${token}`)
    expect(await closed).toBe(1008)
    await expect.poll(() => stream.ended).toBe(true)
    expect((await rest.ask('/events', { headers: { 'x-auth-token': token } })).status).toBe(401)
  })

  it('when their password changes', async () => {
    rest = await startRest()
    const token = await rest.login()
    const { closed } = await openWebSocket(token)
    const stream = await StreamReader.open(`${rest.url}/events?token=${token}`)
    await rest.hub.access.passwords.set('saltuser', 'another horse')
    expect(await closed).toBe(1008)
    await expect.poll(() => stream.ended).toBe(true)
    await expect(rest.login()).rejects.toThrow('401')
  })
})

describe('over TLS', () => {
  it('the listener has an https:// address and answers', async () => {
    const folder = temporaryFolder('rest-tls')
    const { certificate, key } = await makeCertificate(['localhost'], 1)
    const files = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }
    writeFileSync(files.certificate, certificate)
    writeFileSync(files.key, key)
    rest = await startRest({ disableSsl: false }, {}, {}, {}, { tls: files })
    expect(rest.url).toMatch(/^https:/)
    const asked = requestHttps(`${rest.url}/login`, {
      method: 'POST',
      ca: certificate,
      servername: 'localhost',
    })
    asked.end(`username=saltuser&password=${encodeURIComponent(PASSWORD)}&eauth=pam`)
    const [answer] = await once(asked, 'response')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['x-auth-token']).toMatch(/^[0-9a-f]{40}$/)
    answer.destroy()
  })
})

describe('an unreadable eauth file', () => {
  it('is reported to the operator, and not to the client that logs in', async () => {
    const filename = '/nowhere/users'
    rest = await startRest({ eauth: { file: { filename, users: { '*': 'saltuser' } } } })
    const client = await rest.test.connect()
    const response = await rest.ask('/login', {
      method: 'POST',
      body: new URLSearchParams({ username: 'a', password: 'b', eauth: 'file' }),
    })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('nowhere')
    const told = async () => {
      const found: unknown[] = []
      for await (const { data } of client.read('hub/refused').events()) found.push(data)
      return found
    }
    await expect.poll(told).toMatchObject([
      {
        code: 'TCN_SALT_EAUTH_FILE',
        message: expect.stringContaining(filename),
        listener: 'salt-api 127.0.0.1',
      },
    ])
    await client.close()
  })
})

describe('half-received data', () => {
  it('is limited across all connections', async () => {
    rest = await startRest({}, {}, {}, { halfReceived: '1MiB' })
    const half = `POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 65000\r\n\r\n${'x'.repeat(60_000)}`
    const peers = await Promise.all(Array.from({ length: 20 }, () => RawPeer.open(rest.port, half)))
    await expect
      .poll(() => peers.filter(({ text }) => text.startsWith('HTTP/1.1 503')).length)
      .toBeGreaterThan(0)
    for (const { socket } of peers) socket.destroy()
    await expect
      .poll(() =>
        rest.login().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
  })
})
