import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readConfigured, SecretFile } from '../../src/config/secret-file.js'
import { tlsConfig } from '../../src/config/values/network.js'
import { hubConfig } from '../../src/hub/config/index.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { Certificates } from '../../src/hub/tls.js'
import { readSecrets } from '../../src/sources/snmp/credentials.js'
import { natsConfig } from '../../src/storage/nats/config.js'
import { openNatsLink } from '../../src/storage/nats/open-link.js'
import { wayTo } from '../../src/upstream/dial.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let folder: string

beforeEach(() => {
  folder = join(temporaryFolder('credentials'), 'credentials')
  mkdirSync(folder)
  vi.stubEnv('CREDENTIALS_DIRECTORY', folder)
})
afterEach(() => vi.unstubAllEnvs())

it('a token is one line, and an error about it has only its place', async () => {
  const path = join(folder, 'token')
  const header = () => new SecretFile(path, nodeRuntime()).bearer()
  writeFileSync(path, ' abc.DEF-9_~+/= \n', { mode: 0o600 })
  expect(await header()).toEqual({ Authorization: 'Bearer abc.DEF-9_~+/=' })
  for (const wrong of ['a\nb', 'a\rb', 'gr\u00fcn']) {
    writeFileSync(path, wrong)
    await expect(header()).rejects.toThrow(new Error(`${path} has something other than one token`))
  }
})

it('every key for a secret takes a credential of systemd', () => {
  const certificate = '/etc/tocsin/hub.pem'
  const key = 'credential:key'
  const login = { user: 'u', passwordFile: key }
  const user = { name: 'u', auth: 'sha256', authFile: key, priv: 'aes', privFile: key }
  const url = 'wss://nas.example'
  const config = {
    listen: { tls: { certificate, key } },
    log: { engine: 'jetstream' },
    nats: { user: 'u', passwordFile: key, tls: { certificate, key } },
    upstreams: [
      { name: 'u', servers: ['tls://hub.example:4581'], tokenFile: key, tls: { certificate, key } },
    ],
    sources: {
      snmp: [{ name: 's', udp: '127.0.0.1:1162', communityFile: key, users: [user] }],
      syslog: [{ name: 's', tls: { address: '127.0.0.1:6514', certificate, key } }],
      sysadm: [
        { name: 'p', url, login },
        { name: 'k', url: 'wss://other.example', login: { key } },
      ],
    },
    sysadm: { listen: '127.0.0.1:12150', tls: { cert: certificate, key }, bridges: [{ url, key }] },
    salt: [{ bus: 'b', rest: { eauth: { sharedsecret: { filename: key, users: {} } } } }],
  }
  expect(hubConfig.safeParse(config).error?.issues ?? []).toEqual([])
  for (const login of [{ tokenFile: key }, { credentials: key }])
    expect(natsConfig.safeParse(login).success).toBe(true)
  expect(tlsConfig.safeParse({ certificate, key: 'credential:' }).success).toBe(false)
})

it('credentials are read where systemd puts them', async () => {
  writeFileSync(join(folder, 'one'), 'open-sesame\n')
  expect(readConfigured('credential:one').toString()).toBe('open-sesame\n')
  expect(await readSecrets({ communityFile: 'credential:one', users: [] })).toMatchObject({
    communities: ['open-sesame'],
  })
  const upstream = { servers: ['tcp://127.0.0.1:1'], tls: {}, tokenFile: 'credential:one' }
  expect(wayTo(upstream as unknown as Parameters<typeof wayTo>[0]).token).toBe('open-sesame')
})

it('a credential that is missing is named, also without a service', async () => {
  const nats = natsConfig.parse({ tokenFile: 'credential:none' })
  await expect(openNatsLink(nats, nodeRuntime())).rejects.toThrow(join(folder, 'none'))
  vi.stubEnv('CREDENTIALS_DIRECTORY', '')
  const files = { certificate: '/dev/null', key: 'credential:none' }
  expect(() => new Certificates(files).listen()).toThrow('needs a service of systemd with LoadCredential=')
})
