import { z } from 'zod'
import { duration, size } from '../../types/units.js'
import { address, isLoopback } from './address.js'
import { origin } from './network.js'
import { path } from './path.js'
import { principalName } from './principals.js'

const HOUR = 3_600_000
const MAX_LIFE = 20 * 24 * HOUR
const MAX_ENTRIES = 64
const MAX_USERS = 10_000
const HASHES = ['plaintext', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const

const users = z
  .record(z.string().min(1).max(255), principalName())
  .refine((map) => Object.keys(map).length <= MAX_USERS, { error: `at most ${MAX_USERS} users` })
  .describe('Which name of `principals` a user is; `*` is everybody else.')

const eauth = z.strictObject({
  principals: z
    .array(z.string().regex(/^[\w.-]{1,64}$/, { error: 'must be a name such as pam' }))
    .max(MAX_ENTRIES)
    .default(['tocsin', 'auto', 'pam'])
    .describe('Values of `eauth` under which the passwords of the hub count (`tocsin token password`).'),
  file: z
    .strictObject({
      filename: path().describe('Lines `user:password`.'),
      hashtype: z.enum(HASHES).default('plaintext').describe('How the password stands there.'),
      separator: z.string().min(1).max(8).default(':').describe('What stands between the fields.'),
      users,
    })
    .optional()
    .describe('`eauth: file`, users in a file.'),
  sharedsecret: z
    .strictObject({ filename: path().describe('The secret, and nothing else.'), users })
    .optional()
    .describe('`eauth: sharedsecret`, one password for all.'),
})

const upstream = z.strictObject({
  url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^/\s?#@]+(?:\/[^\s?#]*)?$/, { error: 'must be an http:// or https:// URL' })
    .refine((text) => URL.canParse(text), { error: 'must be an http:// or https:// URL' })
    .describe('Of a genuine salt-api.'),
  timeout: duration({ min: 1000, max: 24 * HOUR })
    .prefault('5m')
    .describe('How long it may take to answer.'),
})

/** `salt[].rest`: what rest_cherrypy offers, for one bus. */
export const saltRestConfig = z
  .strictObject({
    address: address().prefault('127.0.0.1:8000').describe('Where it listens. Port 0: any that is free.'),
    disableSsl: z
      .boolean()
      .default(false)
      .describe('Without TLS. Otherwise by the certificate of `listen.tls`.'),
    insecure: z
      .boolean()
      .default(false)
      .describe('Without TLS beyond this machine: tokens and events can be read on the way.'),
    origins: z
      .array(origin())
      .max(MAX_ENTRIES)
      .default([])
      .describe(
        'Origins of pages that may use the cookie of this listener. With a token every page may ask.',
      ),
    tokensInQuery: z
      .boolean()
      .default(true)
      .describe('Whether `?token=` and `?salt_token=` count. They may end in logs of proxies.'),
    webhookUrl: z
      .string()
      .regex(/^(?:\/[A-Za-z0-9._~-]{1,64}){1,4}$/, { error: 'must be a path such as /hook' })
      .default('/hook')
      .describe('Path of the hooks.'),
    webhookDisableAuth: z
      .boolean()
      .default(false)
      .describe('Hooks without a token: anybody who can connect may publish under `salt/netapi/hook`.'),
    sessionTimeout: duration({ min: 1000, max: MAX_LIFE })
      .prefault('10h')
      .describe('How long a login holds. A restart of the hub ends all of them.'),
    tokenExpire: duration({ min: 1000, max: MAX_LIFE })
      .prefault('12h')
      .describe('How long a token of `POST /token` holds, unless the hub restarts.'),
    maxRequestBodySize: size({ min: 1024, max: 64 * 2 ** 20 })
      .prefault('1MiB')
      .describe('Largest body of a request.'),
    eauth: eauth.prefault({}).describe('How users say who they are.'),
    upstream: upstream
      .optional()
      .describe('Where requests go that need a Salt master. Absent: they are answered 501.'),
  })
  .refine(({ address: { host }, disableSsl, insecure }) => !disableSsl || insecure || isLoopback(host), {
    error: 'is reached from beyond this machine: it needs TLS, or `insecure: true` if others may read along',
    path: ['address'],
  })
export type SaltRestConfig = z.output<typeof saltRestConfig>
