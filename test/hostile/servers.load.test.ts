import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'
import { type RunningHub, serve } from '../../src/hub/serve.js'
import type { TestHubOptions } from '../../src/hub/testing.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import { sinks } from '../../src/sinks/index.js'
import { sources } from '../../src/sources/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { QUICK } from '../sinks/sink-hub.js'
import { closing, endless, HostileServer, once, silent, type Talk } from './hostile-server.js'

/** A hub connects to servers of others. Whatever they send, it says that they do not work, and goes on. */

type Config = NonNullable<TestHubOptions['config']>
type Door = (place: string) => Config

const quick = { timeout: '500ms', retry: { ...QUICK, tries: 100 } }
const [host, portOf] = ['127.0.0.1', (place: string) => Number(place.split(':')[1])]

/** Every kind of source and sink that opens a connection. */
const doors: Record<string, Door> = {
  'sink/mail': (server) => ({
    sinks: { mail: { ...mail, server, ...quick } },
  }),
  'sink/mqtt': (broker) => ({ sinks: { mqtt: { type: 'mqtt', broker, filter: 'a/', ...quick } } }),
  'sink/postgresql': (place) => ({
    sinks: { postgresql: { type: 'postgresql', place, database: 'd', filter: 'a/', ...quick } },
  }),
  'sink/webhook': (place) => ({
    sinks: { webhook: { type: 'webhook', url: `http://${place}/`, filter: 'a/', ...quick } },
  }),
  'sink/otlp': (place) => ({
    sinks: { otlp: { type: 'otlp', url: `http://${place}/`, filter: 'a/', ...quick } },
  }),
  'mqtt/x': (broker) => ({ sources: { mqtt: [{ name: 'x', broker, topics: ['#'], timeout: '500ms' }] } }),
  'netconf/x': (place) => ({
    sources: { netconf: [{ name: 'x', host, port: portOf(place), ...device }] },
  }),
  'restconf/x': (place) => ({
    sources: { restconf: [{ name: 'x', url: `http://${place}`, timeout: '500ms' }] },
  }),
  'kubernetes/x': (place) => ({
    sources: {
      kubernetes: [{ name: 'x', url: `http://${place}`, tokenFile: passwordFile, timeout: '500ms' }],
    },
  }),
  'upstream/x': (place) => ({ upstreams: [{ name: 'x', servers: [`tcp://${place}`], filter: ['a/'] }] }),
  'upstream/web': (place) => ({ upstreams: [{ name: 'web', servers: [`ws://${place}`], filter: ['a/'] }] }),
  'netconf/tls': (place) => ({
    sources: { netconf: [{ name: 'tls', host, port: portOf(place), tls: ofHub, timeout: '500ms' }] },
  }),
  'sysadm/x': (place) => ({
    sources: {
      sysadm: [
        { name: 'x', url: `wss://${place}`, tls: { insecure: true }, login: { user: 'ann', passwordFile } },
      ],
    },
  }),
}
const OVER_TLS = ['netconf/tls', 'sysadm/x']

/** They read from this machine, only listen, or read nothing of what a server sends. */
const OTHERS = [
  ...['system', 'files', 'exec', 'journal', 'kernel', 'packages', 'containers', 'systemd', 'lldp', 'salt'],
  ...['ncs', 'sctp', 'lifePreserver', 'systemState', 'snmp', 'bmp', 'file', 'syslog'],
]

const mail = {
  type: 'mail' as const,
  encryption: 'none' as const,
  sender: 'hub@example.com',
  recipients: ['ann@example.com'],
  filter: 'a/',
}
const passwordFile = join(temporaryFolder('hostile'), 'password')
writeFileSync(passwordFile, 'secret', { mode: 0o600 })
const { certificate, key } = await makeCertificate(['localhost'], 1)
const ofHub = {
  certificate: join(dirname(passwordFile), 'certificate.pem'),
  key: join(dirname(passwordFile), 'key.pem'),
  fingerprint: new X509Certificate(certificate).fingerprint256,
}
writeFileSync(ofHub.certificate, certificate)
writeFileSync(ofHub.key, key, { mode: 0o600 })
const device = {
  user: 'ann',
  passwordFile,
  hostKey: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  timeout: '500ms',
}

const JSON_BODY = 'content-type: application/json\r\n\r\n'
const CHUNKS = 'transfer-encoding: chunked\r\n\r\n'
const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024))

const peers: Record<string, Talk> = {
  'says nothing': silent,
  'closes at once': closing,
  'sends empty lines without end': endless('\r\n'),
  'sends a line without end': endless('a'),
  'sends bytes that are 0, without end': endless('\0'),
  'sends bytes that are 255, without end': endless(Buffer.from([255])),
  'greets as one of SSH, and never stops': endless('\r\n', 'SSH-2.0-x\r\n'),
  'sends headers of HTTP without end': endless('x: y\r\n', 'HTTP/1.1 200 OK\r\n'),
  'sends answers that HTTP lets come before the real one': endless('HTTP/1.1 103 Early Hints\r\n\r\n'),
  'greets as one of SMTP, and never stops': endless('220-hello\r\n'),
  'sends notices of PostgreSQL without end': endless(Buffer.from('N\0\0\0\x09SNOTE\0', 'latin1')),
  'declares the longest message of PostgreSQL': endless('\0', Buffer.from('527fffffff', 'hex')),
  'declares the longest packet of MQTT': endless('\0', Buffer.from('20ffffff7f', 'hex')),
  'sends lists of MessagePack within each other without end': endless(Buffer.from([0x91])),
  'declares the longest list of MessagePack': endless(Buffer.from([0xc0]), Buffer.from('ddffffffff', 'hex')),
  'answers with a body without end': endless('a', 'HTTP/1.1 500 No\r\n\r\n'),
  'answers with lists of JSON within each other': endless('[', `HTTP/1.1 500 No\r\n${JSON_BODY}`),
  'answers with chunks of one byte': endless('1\r\na\r\n', `HTTP/1.1 500 No\r\n${CHUNKS}`),
  'answers with a bomb of gzip': endless(bomb, `HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\n${JSON_BODY}`),
  'answers with a length that is no number': once(
    'HTTP/1.1 500 No\r\ncontent-length: 99999999999999999999\r\n\r\n',
  ),
  'answers with control characters': once('550 \x1b[2J\x07\r\n'),
  'answers with a redirect to addresses of the machine': once(
    'HTTP/1.1 307 Go\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n',
  ),
  'answers with a redirect to a file': once(
    'HTTP/1.1 302 Go\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n',
  ),
}

/** Bytes that the systems of both ends may hold, besides those that were read. */
const IN_SYSTEM = 12 * 1024 * 1024

let hub: RunningHub | undefined
afterEach(async () => {
  await hub?.stop()
  hub = undefined
})

async function start(config: Config): Promise<{ client: Client }> {
  const folder = temporaryFolder('hostile')
  const [file, socket] = [join(folder, 'tocsin.yaml'), join(folder, 'tocsin.sock')]
  const listen = { http: 'off', unix: [{ path: socket }] }
  writeFileSync(file, JSON.stringify({ ...config, listen, sources: { ...config.sources, ...QUIET } }))
  hub = await serve({ config: file, data: join(folder, 'data') })
  return { client: await connect({ address: socket }) }
}

/** Sources of this machine. */
const QUIET = { system: { enabled: false } }

const merged = (config: Config, { sources, sinks, upstreams }: Config): Config => ({
  ...config,
  sources: {
    ...config.sources,
    ...sources,
    netconf: [...(config.sources?.netconf ?? []), ...(sources?.netconf ?? [])],
  },
  sinks: { ...config.sinks, ...sinks },
  upstreams: [...(config.upstreams ?? []), ...(upstreams ?? [])],
})

/** The reason of each source and sink. */
function reasonsOf({ sources, sinks = [] }: HubStatus): [name: string, reason: string][] {
  return [...sources, ...sinks].map(({ name, reason = '' }) => [name, reason])
}

it('every kind of source and sink that opens connections is here', () => {
  const names = Object.keys(doors).map((name) => name.replace(/^sink\/|\/x$/g, ''))
  const kinds = [...sources, ...sinks].map(({ name }) => name)
  expect(kinds.filter((kind) => !names.includes(kind) && !OTHERS.includes(kind))).toEqual([])
})

it.each(Object.keys(peers))('a server that %s is reported, whatever it should be', async (peer) => {
  const servers = new Map<string, HostileServer>()
  let config: Config = {}
  for (const [name, door] of Object.entries(doors)) {
    const server = await HostileServer.start(
      peers[peer],
      OVER_TLS.includes(name) ? { cert: certificate, key } : undefined,
    )
    servers.set(name, server)
    config = merged(config, door(`${host}:${server.port}`))
  }
  const { client } = await start(config)
  await client.publish('a/1', {})
  const notTried = () => [...servers].filter(([, { connections }]) => connections < 2).map(([name]) => name)
  await expect.poll(notTried, { timeout: 45_000 }).toEqual([])
  const status = await client.request<HubStatus>('hub.status', {})
  for (const [name, reason] of reasonsOf(status)) {
    expect([name, reason], peer).toEqual([name, expect.stringMatching(/^[^\p{Cc}]{1,300}$/u)])
  }
  await client.close()
  for (const [name, server] of servers) {
    await server[Symbol.asyncDispose]()
    expect([name, server.taken < IN_SYSTEM]).toEqual([name, true])
  }
})
