import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeCertificate, writeCertificate } from '../../../src/faces/shared/make-certificate.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'
import { readHostKey } from '../../../src/protocols/netconf/client/host-key.js'
import { dialTls } from '../../../src/protocols/netconf/client/tls.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'
import { keyPair } from '../../protocols/netconf/ssh-device.js'
import { createSubscription, dialOptions, hostKeyOf, NetconfClient, portOf } from './fixture.js'

let hub: TestHub | undefined
const clients: NetconfClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.drop()
  await hub?.close()
  hub = undefined
})

async function start(options: TestHubOptions): Promise<TestHub> {
  hub = await startTestHub(options)
  return hub
}

describe('over SSH', () => {
  const [key, other] = [keyPair(), keyPair()]
  const config = {
    principals: { ann: { see: '*' as const, sshKeys: [key.public] }, bob: { sshKeys: [other.public] } },
    listen: { netconf: '127.0.0.1:0' },
  }

  async function logIn(login: Parameters<typeof NetconfClient.logIn>[1]): Promise<NetconfClient> {
    const client = await NetconfClient.logIn(hub!, login)
    clients.push(client)
    return client
  }

  it('a key, a password and a token log in as their principal', async () => {
    const { hub: own } = await start({ config })
    await own.access.passwords.set('ann', 'secret of ann')
    const { token } = await own.access.tokens.add({ name: 't', principal: 'ann' })
    for (const way of [{ privateKey: key.private }, { password: 'secret of ann' }, { password: token }]) {
      const client = await logIn({ user: 'ann', ...way })
      await client.ask(createSubscription())
    }
  })

  it('the key, password or token of another principal, and none at all, are refused and reported', async () => {
    const { hub: own, connect } = await start({ config })
    await own.access.passwords.set('ann', 'secret of ann')
    const { token } = await own.access.tokens.add({ name: 't', principal: 'ann' })
    const wrong = [
      { user: 'ann', privateKey: other.private },
      { user: 'bob', privateKey: key.private },
      { user: 'ann', password: 'guess' },
      { user: 'bob', password: 'secret of ann' },
      { user: 'bob', password: token },
      { user: 'ann' },
      { user: 'nobody', privateKey: key.private },
    ]
    for (const login of wrong) await expect(logIn(login)).rejects.toMatchObject({ code: 'TCN_NETCONF_LOGIN' })
    const client = await connect()
    const refused: unknown[] = []
    for await (const { data } of client.read('hub/audit/login', { to: 'end' }).events()) refused.push(data)
    await client.close()
    expect(refused).toContainEqual(
      expect.objectContaining({ way: 'password', face: 'netconf', principal: 'ann' }),
    )
    expect(JSON.stringify(refused)).not.toContain('guess')
  })

  it('keys change with the configuration', async () => {
    const { hub: own } = await start({ config })
    await logIn({ user: 'ann', privateKey: key.private })
    own.access.replace({ ann: { see: '*', sshKeys: [other.public] } })
    await expect(logIn({ user: 'ann', privateKey: key.private })).rejects.toMatchObject({
      code: 'TCN_NETCONF_LOGIN',
    })
    await logIn({ user: 'ann', privateKey: other.private })
  })

  it('the host key stays the same after a restart, and nobody else can read it', async () => {
    const data = temporaryFolder('netconf-key')
    const first = hostKeyOf(await start({ config, data }))
    expect(first).toMatch(/^SHA256:/)
    await hub?.close()
    expect(hostKeyOf(await start({ config, data }))).toBe(first)
    expect(statSync(data).mode & 0o077).toBe(0)
  })

  it('the host key may be one that ssh-keygen has made, and other files are refused', async () => {
    const folder = temporaryFolder('netconf-key')
    const [file, own] = [
      join(folder, 'key'),
      { listen: { netconf: { ssh: '127.0.0.1:0', hostKey: join(folder, 'key') } } },
    ]
    execFileSync(requireTool('ssh-keygen'), ['-q', '-t', 'ecdsa', '-N', '', '-f', file])
    expect(hostKeyOf(await start({ config: own }))).toBe(readHostKey(readFileSync(`${file}.pub`, 'utf8')))
    const wrong = { listen: { netconf: { ssh: '127.0.0.1:0', hostKey: `${file}.pub` } } }
    await expect(startTestHub({ config: wrong })).rejects.toMatchObject({ code: 'TCN_NETCONF_HOST_KEY' })
  })
})

describe('over TLS', () => {
  async function withCertificates(): Promise<{
    port: number
    clients: Record<string, { certificate: string; key: string }>
  }> {
    const folder = temporaryFolder('netconf-tls')
    const paths = (name: string) => ({
      certificate: join(folder, `${name}.pem`),
      key: join(folder, `${name}.key`),
    })
    const known = await makeCertificate(['nms.example'], 1)
    writeCertificate(await makeCertificate(['localhost', '127.0.0.1'], 1), paths('hub'), false)
    writeCertificate(known, paths('known'), false)
    const made = await start({
      config: {
        principals: { nms: { see: '*', certificates: ['nms.example'] } },
        listen: {
          netconf: { tls: '127.0.0.1:0' },
          tls: { ...paths('hub'), clientCa: paths('known').certificate },
        },
      },
    })
    return {
      port: portOf(made, 'tls'),
      clients: { known, stranger: await makeCertificate(['nms.example'], 1) },
    }
  }

  const connect = async (port: number, own: { certificate?: string; key?: string }) => {
    const { fingerprint } = await dialTls({ fingerprints: [] }, dialOptions(port)).catch(
      (error) => error.details,
    )
    const client = await NetconfClient.over(
      await dialTls({ ...own, fingerprints: [fingerprint] }, dialOptions(port)),
    )
    clients.push(client)
    return client
  }

  it('a certificate logs in as its principal', async () => {
    const { port, clients: certificates } = await withCertificates()
    const client = await connect(port, certificates.known)
    await client.ask(createSubscription('<startTime>1970-01-01T00:00:00Z</startTime>'))
    expect(await client.names(1)).toEqual(['netconf-session-start'])
  })

  it('another certificate with the same name, and none, are refused', async () => {
    const { port, clients: certificates } = await withCertificates()
    for (const own of [certificates.stranger, {}])
      await expect(connect(port, own)).rejects.toMatchObject({ code: expect.stringMatching(/^TCN_NETCONF_/) })
  })

  it('needs the authority of its clients', async () => {
    const folder = temporaryFolder('netconf-tls')
    const files = { certificate: join(folder, 'a.pem'), key: join(folder, 'a.key') }
    writeCertificate(await makeCertificate(['localhost'], 1), files, false)
    const config = { listen: { netconf: { tls: '127.0.0.1:0' }, tls: files } }
    await expect(startTestHub({ config })).rejects.toMatchObject({
      code: 'TCN_TLS_FILES',
      message: expect.stringContaining('clientCa'),
    })
  })
})
