import { afterEach, describe, expect, it } from 'vitest'
import {
  connectSysadm,
  type SysadmClient,
  type SysadmTls,
} from '../../../../src/protocols/sysadm/client/index.js'
import { PASSWORD } from './genuine-peer.js'
import { GenuineServer, testCertificate } from './genuine-server.js'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function genuine(): Promise<GenuineServer> {
  const server = await GenuineServer.start()
  open.push(server)
  return server
}

async function connect(url: string, { tls }: { tls: SysadmTls }): Promise<SysadmClient> {
  const client = await connectSysadm({ url, tls, login: { username: 'root', password: PASSWORD } })
  open.push(client)
  return client
}

describe('the certificate of a server', () => {
  it('is accepted if its fingerprint is one of those pinned', async () => {
    const server = await genuine()
    const other = '00'.repeat(32)
    const client = await connect(server.url, {
      tls: { fingerprint: [other, server.fingerprint.replaceAll(':', '').toLowerCase()] },
    })
    expect(client.hostname).toBe('vm')
  })

  it('is refused with another fingerprint, before anything is sent', async () => {
    const server = await genuine()
    await expect(connect(server.url, { tls: { fingerprint: '00'.repeat(32) } })).rejects.toMatchObject({
      code: 'TCN_SYSADM_CERTIFICATE',
    })
    expect(server.requests).toEqual([])
  })

  it('is refused if nobody vouches for it, unless the client says that this does not matter', async () => {
    const server = await genuine()
    await expect(connect(server.url, { tls: {} })).rejects.toMatchObject({
      code: 'TCN_SYSADM_CERTIFICATE',
      // What to pin, once it has been compared.
      message: expect.stringContaining(server.fingerprint),
      details: { fingerprint: server.fingerprint },
    })
    expect(server.requests).toEqual([])
    expect((await connect(server.url, { tls: { insecure: true } })).hostname).toBe('vm')
  })

  it('is accepted from an own authority, for its own name only', async () => {
    const server = await genuine()
    const { certificate: ca } = await testCertificate()
    expect((await connect(server.url, { tls: { ca } })).hostname).toBe('vm')
    const tls = { ca, serverName: 'nas1.example' }
    await expect(connect(server.url, { tls })).rejects.toMatchObject({ code: 'TCN_SYSADM_CERTIFICATE' })
  })

  it('is not asked for at an address without TLS', async () => {
    await expect(connectSysadm({ url: 'ws://127.0.0.1:1', login: { token: 'x' } })).rejects.toMatchObject({
      code: 'TCN_SYSADM_ADDRESS',
    })
  })
})
