import { expect, it } from 'vitest'
import { z } from 'zod'
import { principalsConfig } from '../../src/access/config.js'
import { effectiveValues } from '../../src/config/effective.js'
import { configJsonSchema } from '../../src/config/json-schema.js'
import { readYaml } from '../../src/config/read-yaml.js'
import { listenConfig } from '../../src/hub/config/listen.js'
import { logConfig } from '../../src/log/config.js'

const schema = z.strictObject({
  log: logConfig.prefault({}),
  listen: listenConfig.prefault({}),
  principals: principalsConfig().prefault({}),
  hook: z
    .strictObject({ body: z.unknown().optional(), headers: z.unknown().default({ token: 'canary' }) })
    .prefault({}),
  upstream: z.strictObject({ url: z.string().optional(), password: z.string().optional() }).prefault({}),
})

const values = (text: string) => effectiveValues(configJsonSchema(schema), readYaml(text))
const value = (text: string, key: string) => values(text).find((each) => each.key === key)

it('without a file every default is listed as it would be written', () => {
  expect(value('', 'log.retention.age')).toEqual({ key: 'log.retention.age', value: '7d', usual: '7d' })
  expect(value('', 'listen.http')).toMatchObject({ value: 'auto' })
  expect(value('', 'listen.unix[0].principal')).toMatchObject({ value: 'admin', line: undefined })
})

it('a value of the file is listed with its line', () => {
  const text = 'log:\n  retention:\n    age: 1h\nlisten: { http: { address: 127.0.0.1:1 } }\n'
  expect(value(text, 'log.retention.age')).toMatchObject({ value: '1h', line: 3, usual: '7d' })
  expect(value(text, 'log.retention.bytes')).toMatchObject({ value: '10GiB', line: undefined })
  expect(value(text, 'listen.http.address')).toMatchObject({ value: '127.0.0.1:1', line: 4 })
  expect(value(text, 'listen.http.tls')).toMatchObject({ value: false, line: undefined })
})

it('maps with names chosen by the user are expanded, filters are not', () => {
  const text = 'principals: { boss: "*", guest: { see: { prefix: { tag: a/ } } } }'
  expect(value(text, 'principals.boss')).toMatchObject({ value: '*', line: 1 })
  expect(value(text, 'principals.guest.see')).toMatchObject({ value: { prefix: { tag: 'a/' } } })
})

it('long names are told apart', () => {
  const names = ['1', '2'].map((last) => `1.3.${'6.1.4.1.'.repeat(20)}${last}`)
  const file = readYaml(`names: { ${names.map((name) => `${name}: trap`).join(', ')} }`)
  const named = configJsonSchema(z.strictObject({ names: z.record(z.string(), z.string()) }))
  expect(effectiveValues(named, file).map(({ key }) => key)).toEqual(names.map((name) => `names."${name}"`))
})

it('secrets are masked, in values and in URLs', () => {
  const text = 'upstream: { password: canary, url: "https://me:canary@host/x" }'
  expect(value(text, 'upstream.password')).toMatchObject({ value: '***' })
  expect(value(text, 'upstream.url')).toMatchObject({ value: 'https://me:***@host/x' })
  expect(JSON.stringify(values(text))).not.toContain('canary')
})

it('secrets are masked at any depth of a value without a shape, as in a difference', () => {
  const body =
    "{ channel: ops, token: canary, login: { apiSecret: [canary], page: 'http://me:canary@host/' } }"
  expect(value(`hook: { body: ${body} }`, 'hook.body')).toMatchObject({
    value: { channel: 'ops', token: '***', login: { apiSecret: ['***'], page: 'http://me:***@host/' } },
  })
  expect(value('', 'hook.headers')).toMatchObject({ value: { token: '***' }, usual: { token: '***' } })
  expect(JSON.stringify(values(`hook: { body: ${body} }`))).not.toContain('canary')
})
