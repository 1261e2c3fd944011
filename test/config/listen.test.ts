import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { oidcConfig } from '../../src/access/oidc-config.js'
import { parseConfig } from '../../src/config/load.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { limitsConfig } from '../../src/hub/config/keys.js'
import { listenConfig } from '../../src/hub/config/listen.js'

const schema = z.strictObject({
  listen: listenConfig.prefault({}),
  limits: limitsConfig.prefault({}),
  oidc: oidcConfig.default([]),
})

const listen = (text: string) => parseConfig(schema, `listen:\n${text}`, 'tocsin.yaml').listen

function problem(text: string): string {
  try {
    parseConfig(schema, text, 'f')
  } catch (error) {
    if (TocsinError.is(error)) return error.message
    throw error
  }
  throw new Error('the configuration was taken')
}

describe('HTTP and TCP', () => {
  it('are off unless configured', () => {
    expect(parseConfig(schema, '', 'f').listen).toMatchObject({
      http: { address: { host: '127.0.0.1', port: 4580 }, optional: true },
      tcp: 'off',
      tls: {},
    })
  })

  it('listen on the default local addresses when they are on', () => {
    expect(listen('  http: on\n  tcp: on')).toMatchObject({
      http: {
        address: { host: '127.0.0.1', port: 4580 },
        tls: false,
        insecure: false,
        hosts: [],
        origins: [],
      },
      tcp: { address: { host: '127.0.0.1', port: 4581 }, tls: false, insecure: false },
    })
  })

  it('accept an address as text, or a map', () => {
    expect(listen('  http: localhost:80')).toMatchObject({
      http: { address: { host: 'localhost', port: 80 } },
    })
    expect(listen("  tcp: '[::1]:0'")).toMatchObject({ tcp: { address: { host: '::1', port: 0 } } })
    expect(listen('  http: { tls: true, hosts: [hub.example] }')).toMatchObject({
      http: { address: { host: '127.0.0.1', port: 4580 }, tls: true, hosts: ['hub.example'] },
    })
  })

  it('require TLS or explicit consent to be reachable from other machines', () => {
    expect(problem('listen:\n  http: 0.0.0.0:4580')).toMatch(/^f:2:9: listen\.http\.address: .*`tls: true`/)
    expect(problem('listen:\n  tcp:\n    address: hub.example:4581')).toMatch(
      /^f:3:14: listen\.tcp\.address: is reached/,
    )
    expect(listen('  http: { address: 0.0.0.0:1, tls: true }')).toBeDefined()
    expect(listen('  http: { address: "[::]:1", insecure: true }')).toBeDefined()
  })

  it('name the accepted values', () => {
    expect(problem('listen: { http: yes }')).toBe(
      'f:1:17: listen.http: must be auto, off, on, an address such as 127.0.0.1:4580 or [::1]:4580, or a map with `address`',
    )
    expect(problem('listen: { http: { adress: x:1 } }')).toBe(
      'f:1:19: listen.http.adress: unknown key; did you mean "address"?',
    )
    expect(problem('listen: { tcp: { address: "x:70000" } }')).toContain('a port is a number from 0 to 65535')
  })

  it('need the key with its certificate', () => {
    expect(problem('listen: { tls: { key: /k.pem } }')).toContain('go together')
  })
})

describe('issuers of OpenID Connect', () => {
  const one = (more: string) => `oidc:\n- issuer: https://login.example\n  audience: tocsin\n${more}`

  it('map claims to principals', () => {
    const [oidc] = parseConfig(
      schema,
      one('  map: [{ claim: groups, value: ops, principal: operator }]'),
      'f',
    ).oidc
    expect(oidc).toEqual({
      issuer: 'https://login.example',
      audience: ['tocsin'],
      map: [{ claim: 'groups', value: 'ops', principal: 'operator' }],
    })
  })

  it('are refused without TLS and without a mapping to principals', () => {
    expect(problem(one(''))).toContain('`principalClaim` or `map`')
    expect(problem(one('  principalClaim: sub'))).toContain('needs both `principalClaim` and `mayName`')
    expect(problem('oidc: [{ issuer: http://login.example, audience: a, principalClaim: sub }]')).toContain(
      'must be an https:// URL',
    )
  })
})
