import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { changesBetween } from '../../src/config/commits/changes.js'
import { effectiveValues } from '../../src/config/effective.js'
import { configJsonSchema } from '../../src/config/json-schema.js'
import { readYaml } from '../../src/config/read-yaml.js'
import { hubConfig } from '../../src/hub/config/index.js'
import { startTestHub } from '../../src/hub/testing.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Receiver } from './receiver.js'
import { QUICK, SinkHub } from './sink-hub.js'

const SECRET = 'open-sesame'

afterEach(() => vi.unstubAllEnvs())

it('the address of a webhook and a header are read from a file and from a credential of systemd', async () => {
  await using receiver = await Receiver.start()
  const folder = temporaryFolder('secrets')
  const credentials = join(folder, 'credentials')
  mkdirSync(credentials)
  writeFileSync(join(folder, 'url'), `${new URL(`/${SECRET}`, receiver.url)}\n`)
  writeFileSync(join(credentials, 'key'), `${SECRET}\n`)
  writeFileSync(join(credentials, 'token'), `${SECRET}-token\n`)
  vi.stubEnv('CREDENTIALS_DIRECTORY', credentials)
  await using hub = await SinkHub.start({
    hook: {
      type: 'webhook',
      url: `file:${join(folder, 'url')}`,
      headers: { 'X-Api-Key': 'credential:key' },
      bearerFile: 'credential:token',
      filter: 'a/',
      retry: QUICK,
    },
  })
  await hub.publish('a/1')
  await receiver.until(() => receiver.got.length === 1)
  expect(receiver.got[0].headers).toMatchObject({
    'x-api-key': SECRET,
    authorization: `Bearer ${SECRET}-token`,
  })
})

const config = {
  sinks: {
    chat: {
      type: 'webhook' as const,
      url: `http://127.0.0.1:9/${SECRET}?key=${SECRET}`,
      headers: { 'X-Api-Key': SECRET },
      filter: 'a/',
    },
    traces: { type: 'otlp' as const, url: `http://127.0.0.1:9/${SECRET}`, headers: { Key: SECRET } },
  },
}

it('no method, path, metric or test of a sink shows the address and the headers of sinks', async () => {
  await using hub = await startTestHub({ http: true, config })
  await using client = await hub.connect()
  const { token } = await client.request<{ token: string }>('tokens.add', { name: 'me', rights: '*' })
  const shown: string[] = []
  const ask = async (method: string, params = {}) => {
    const answer = await client
      .request<unknown>(method, params)
      .catch((error) => [error.message, error.details])
    shown.push(JSON.stringify(answer))
  }
  await client.publish('a/1', {})
  for (const method of hub.hub.methods.keys())
    if (/\.(list|get|status|info|read)$/.test(method)) await ask(method)
  for (const name of Object.keys(config.sinks)) await ask('sinks.test', { name })
  for (const path of ['/metrics', '/v1/info', '/v1/openapi.json', '/v1/events?from=start']) {
    const answer = await fetch(hub.http + path, { headers: { authorization: `Bearer ${token}` } })
    shown.push(await answer.text())
  }
  const all = shown.join('\n')
  expect(all).toContain('http://127.0.0.1:9/***')
  expect(all).not.toContain(SECRET)
})

it('the values in force and the changes of a commit have them masked', () => {
  const schema = configJsonSchema(hubConfig)
  const shown = JSON.stringify([
    effectiveValues(schema, readYaml(JSON.stringify(config))),
    changesBetween(schema, {}, config),
    changesBetween(schema, config, {}),
  ])
  expect(shown).toContain('http://127.0.0.1:9/***')
  expect(shown).toContain('X-Api-Key')
  expect(shown).not.toContain(SECRET)
})
