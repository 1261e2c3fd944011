import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/load.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { configurationSchema, hubConfig } from '../../../src/hub/config/index.js'

function problems(text: string): string[] {
  try {
    parseConfig(hubConfig, text, 'f')
  } catch (error) {
    if (TocsinError.is(error)) return error.message.split('\n')
    throw error
  }
  return []
}

describe('rules that involve several keys', () => {
  it('hold for the defaults', () => {
    expect(problems('')).toEqual([])
  })

  it('a Salt bus is either served by this hub or attached to it as a source', () => {
    expect(problems('salt: [{ bus: a }]\nsources: { salt: [{ name: a, sockDir: /srv/salt }] }')).toEqual([
      'f:2:27: sources.salt[0].name: something else in this hub publishes as salt/a already',
    ])
    const minion = 'node: minion, id: web1, sockDir: /run/m'
    expect(problems(`salt: [{ bus: a, ${minion} }]\nsources: { salt: [{ name: b, ${minion} }] }`)).toEqual([
      'f:2:19: sources.salt[0]: this hub itself listens there',
    ])
    const tcp =
      'salt: [{ bus: a, tcp: { pub: 4512, pull: 4513 } }]\nsources: { salt: [{ name: b, tcp: {} }] }'
    expect(problems(tcp)).toHaveLength(1)
    expect(problems('salt: [{ bus: a }]\nsources: { salt: [{ name: b, sockDir: /srv/salt }] }')).toEqual([])
  })

  it('a named principal must exist', () => {
    const text = 'listen: { unix: [{ principal: gest }] }\nprincipals: { guest: "*" }'
    expect(problems(text)).toEqual([
      'f:1:31: listen.unix[0].principal: there is no principal gest; did you mean "guest"?',
    ])
    const oidc = 'oidc: [{ issuer: https://i, audience: a, map: [{ claim: c, value: v, principal: x }] }]'
    expect(problems(oidc)[0]).toContain('oidc[0].map[0].principal: there is no principal x')
  })

  it('a device to which configuration may be sent must be a source', () => {
    const login = `user: a, passwordFile: /p, hostKey: "SHA256:${'A'.repeat(43)}"`
    const source = `sources: { netconf: [{ name: core-1, host: r1, ${login} }] }`
    expect(problems(`${source}\ndevices: { core-1: { push: true } }`)).toEqual([])
    expect(problems(`${source}\ndevices: { core1: { push: true } }`)).toEqual([
      'f:2:19: devices.core1: there is no device in sources.netconf with the name core1; did you mean "core-1"?',
    ])
  })

  it('the right to consume has names, and no patterns', () => {
    expect(problems('principals: { guest: { consume: [dev-*] } }')).toEqual([
      "f:1:34: principals.guest.consume[0]: must be the name of a consumer: letters, digits, dots, dashes and underscores; '*' alone means all",
    ])
  })

  it('a right must be a filter', () => {
    expect(problems('principals: { guest: { see: [{ prefx: { tag: a/ } }] } }')[0]).toMatch(
      /^f:1:\d+: principals\.guest\.see: .*prefx/,
    )
  })

  it('an invalid entry of a right is reported once', () => {
    expect(problems('principals: { guest: { publish: demo } }')).toEqual([
      "f:1:33: principals.guest.publish: must be '*', a tag prefix that ends in /, a filter in JSON form, or a list of these",
    ])
    const entry = 'must be a tag prefix that ends in /, or a filter in JSON form'
    expect(problems('principals: { guest: { see: [demo, 5] } }')).toEqual([
      `f:1:30: principals.guest.see[0]: ${entry}`,
      `f:1:36: principals.guest.see[1]: ${entry}`,
    ])
  })

  it('two listeners must not have the same address', () => {
    expect(problems('listen: { tcp: 127.0.0.1:9, http: 127.0.0.1:9 }')).toEqual([
      'f:1:35: listen.http: something else listens at 127.0.0.1:9 already',
    ])
    expect(problems('listen: { http: 127.0.0.1:0, tcp: 127.0.0.1:0 }')).toEqual([])
    expect(problems('listen: { unix: [{ path: /s }, { path: /s }] }')).toHaveLength(1)
  })
})

describe('hints', () => {
  it('suggest the nearest word, for keys and for values', () => {
    expect(problems('listen: { http: of }')[0]).toContain('did you mean "off"?')
    expect(problems('listen: { tcp: { insecure: ture } }')[0]).toContain('did you mean "true"?')
    expect(problems('limits: { catch_up_per_tik: 1MiB }')[0]).toContain('did you mean "catchUpPerTick"?')
    expect(problems('limits: { conn: 1 }')[0]).toContain('did you mean "connections"?')
  })

  it('suggest the right place for a misplaced key', () => {
    expect(problems('retention: { age: 1d }')[0]).toContain('did you mean log.retention?')
  })
})

describe('the JSON Schema for editors', () => {
  const schema = JSON.parse(configurationSchema())
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)

  it('follows draft 2020-12, with description, default and examples of a key', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(schema.properties.log.properties.retention.properties.age).toMatchObject({
      description: 'Age above which events may be removed; at least 1m.',
      default: '7d',
      examples: expect.arrayContaining(['30s']),
    })
  })

  it('accepts what the hub accepts, and refuses what it refuses', () => {
    const texts = [
      {},
      {
        log: { retention: { age: '1d' } },
        listen: { http: 'on', tcp: { address: '127.0.0.1:1', tls: true } },
      },
      { principals: { boss: '*', guest: { see: ['a/', { exact: { source: 'x' } }] } } },
      { log: { retention: { age: 7 } } },
      { listen: { http: { port: 1 } } },
      { unknown: 1 },
    ]
    for (const text of texts) {
      expect([text, validate(text)]).toEqual([text, hubConfig.safeParse(text).success])
    }
  })
})
