import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess, root } from './hub-process.js'

const NOWHERE = '127.0.0.1:9'
const planted = (name: string) => `planted-${name}-secret`
const files = ['bearer', 'sign', 'mail', 'community', 'auth', 'hook', 'sysadm', 'upstream', 'oidc', 'shared']

const chat = {
  type: 'webhook',
  url: `http://${NOWHERE}/${planted('path')}?key=${planted('query')}`,
  headers: { 'X-Api-Key': planted('header') },
  bearerFile: 'credential:bearer',
  secretFile: 'credential:sign',
  filter: 'a/',
}

function configuration(folder: string, certificate: string) {
  const tls = { certificate, key: 'credential:tls' }
  return {
    logging: { level: 'debug' },
    principals: { nobody: { see: 'a/' } },
    listen: { http: '127.0.0.1:0', tcp: { address: '127.0.0.1:0', tls: true }, tls },
    sinks: {
      chat,
      mail: {
        type: 'mail',
        server: NOWHERE,
        sender: 'a@b.example',
        recipients: ['c@d.example'],
        user: 'u',
        passwordFile: 'credential:mail',
        filter: 'a/',
      },
      traces: { type: 'otlp', url: `http://${NOWHERE}/${planted('otlp')}`, headers: { Key: planted('key') } },
    },
    sources: {
      system: { enabled: false },
      snmp: [
        {
          name: 's',
          udp: '127.0.0.1:0',
          communityFile: 'credential:community',
          users: [{ name: 'u', auth: 'sha256', authFile: 'credential:auth' }],
        },
      ],
      syslog: [{ name: 's', tls: { address: '127.0.0.1:0', ...tls } }],
      webhook: [{ name: 'w', bearerFile: 'credential:hook' }],
      sysadm: [
        { name: 's', url: `wss://${NOWHERE}`, login: { user: 'u', passwordFile: 'credential:sysadm' } },
      ],
    },
    upstreams: [{ name: 'up', servers: [`tcp://${NOWHERE}`], tokenFile: 'credential:upstream' }],
    oidc: [
      {
        issuer: `http://${NOWHERE}`,
        audience: 'tocsin',
        principalClaim: 'sub',
        mayName: ['nobody'],
        console: { clientId: 'c', clientSecretFile: 'credential:oidc' },
      },
    ],
    salt: [
      {
        bus: 'b',
        sockDir: folder,
        rest: {
          address: '127.0.0.1:0',
          disableSsl: true,
          eauth: { sharedsecret: { filename: 'credential:shared', users: {} } },
        },
      },
    ],
  }
}

function methods(): string[] {
  const page = readFileSync(join(root, 'docs/reference/rights.md'), 'utf8')
  return [...page.matchAll(/^\| `([a-z]+\.[A-Za-z]+)`/gm)].map(([, name]) => name)
}

const commands = [
  ['status'],
  ['status', '--format', 'json'],
  ['doctor', '--config', 'CONFIG'],
  ['config', 'show', 'CONFIG'],
  ['config', 'show', '--changed', '--format', 'json', 'CONFIG'],
  ['config', 'check', 'CONFIG'],
  ['sinks', 'list'],
  ['sinks', 'test', 'chat'],
  ['read', '--from', 'start', '--format', 'json'],
]

async function asked(client: Client, method: string, params: Record<string, unknown>): Promise<string> {
  const answer = await client
    .request<unknown>(method, params)
    .catch((error) => [error.message, error.details])
  return JSON.stringify(answer)
}

test('no secret of the configuration is in a command, a method, a page, an event or a line of a running hub', {
  timeout: 180_000,
}, async () => {
  const folder = temporaryFolder('planted')
  const credentials = join(folder, 'credentials')
  mkdirSync(credentials)
  for (const name of files) writeFileSync(join(credentials, name), `${planted(name)}\n`)
  const made = await makeCertificate(['localhost'], 1)
  writeFileSync(join(credentials, 'tls'), made.key)
  writeFileSync(join(folder, 'certificate.pem'), made.certificate)
  const config = JSON.stringify(configuration(folder, join(folder, 'certificate.pem')))
  await using hub = await HubProcess.start({
    folder,
    config,
    sources: true,
    env: { CREDENTIALS_DIRECTORY: credentials },
  })
  const shown: string[] = []
  await using client = await connect(hub.socket)
  await client.publish('a/1', {})
  for (const method of methods().filter((name) => !/stepDown|\.reload$/.test(name)))
    shown.push(await asked(client, method, {}))
  for (const name of ['chat', 'mail', 'traces']) shown.push(await asked(client, 'sinks.test', { name }))
  const value = { ...chat, headers: { 'X-Api-Key': planted('new') } }
  for (const [method, params] of [
    ['config.lock', {}],
    ['config.edit', { edits: [{ key: 'sinks.chat', value }] }],
    ['config.diff', {}],
    ['config.validate', {}],
    ['config.commit', {}],
    ['config.get', {}],
    ['config.history', {}],
    ['sinks.list', {}],
  ] as const)
    shown.push(await asked(client, method, params))
  const { http } = /(?<http>http:\/\/127\.0\.0\.1:\d+)/.exec(hub.stderr)!.groups!
  const { token } = await client.request<{ token: string }>('tokens.add', { name: 'me', rights: '*' })
  for (const path of [
    '/metrics',
    '/v1/info',
    '/v1/openapi.json',
    '/v1/session',
    '/',
    '/v1/types',
    '/v1/hook/w',
  ])
    for (const authorization of [`Bearer ${token}`, 'Bearer wrong'])
      shown.push(await (await fetch(http + path, { headers: { authorization } })).text())
  for (const command of commands) {
    const { stdout, stderr } = await hub.tocsin(
      command.map((word) => (word === 'CONFIG' ? join(folder, 'tocsin.yaml') : word)),
    )
    shown.push(stdout, stderr)
  }
  for await (const event of client.read(undefined, { from: 'start', to: 'end' }).events())
    shown.push(JSON.stringify([event.tag, event.source, event.data]))
  shown.push(hub.stderr)
  const all = shown.join('\n')
  expect(all).toMatch(/X-Api-Key.{1,20}\*\*\*/)
  expect(all.match(/planted-[a-z]+-secret/g) ?? []).toEqual([])
  expect(all).not.toContain('PRIVATE KEY')
  // All of them were read: nothing is missing or of the wrong form.
  expect(hub.stderr).not.toMatch(/credential:|cannot be read/)
})
