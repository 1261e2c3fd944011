import { z } from 'zod'
import { principalName } from '../../../access/config.js'
import { address, isLoopback } from '../../../config/values/address.js'
import { origin } from '../../../config/values/network.js'
import { secretFile } from '../../../config/values/path.js'
import { duration, size } from '../../../config/values/units.js'

const HOUR = 3_600_000
const MAX_LIFE = 20 * 24 * HOUR
const MAX_ENTRIES = 64
const MAX_USERS = 10_000
const HASHES = ['plaintext', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const

const users = z
  .record(z.string().min(1).max(255), principalName())
  .refine((map) => Object.keys(map).length <= MAX_USERS, { error: `at most ${MAX_USERS} users` })
  .describe('Principal of each user, a name from `principals`; `*` is everybody else.')

const eauth = z.strictObject({
  principals: z
    .array(z.string().regex(/^[\w.-]{1,64}$/, { error: 'must be a name such as pam' }))
    .max(MAX_ENTRIES)
    .default(['tocsin', 'auto', 'pam'])
    .describe("Values of `eauth` that use the hub's passwords (`tocsin token password`)."),
  file: z
    .strictObject({
      filename: secretFile().describe('Lines `user:password`.'),
      hashtype: z.enum(HASHES).default('plaintext').describe('Format of the passwords in the file.'),
      separator: z.string().min(1).max(8).default(':').describe('Separator between the fields.'),
      users,
    })
    .optional()
    .describe('`eauth: file`, users in a file.'),
  sharedsecret: z
    .strictObject({ filename: secretFile().describe('File that contains only the secret.'), users })
    .optional()
    .describe('`eauth: sharedsecret`, one password for all.'),
})

const upstream = z.strictObject({
  url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^/\s?#@]+(?:\/[^\s?#]*)?$/, { error: 'must be an http:// or https:// URL' })
    .refine((text) => URL.canParse(text), { error: 'must be an http:// or https:// URL' })
    .describe('URL of a genuine salt-api.'),
  timeout: duration({ min: 1000, max: 24 * HOUR })
    .prefault('5m')
    .describe('Time limit for its answer.'),
})

/** `salt[].rest`: the interface of rest_cherrypy for one bus. */
export const saltRestConfig = z
  .strictObject({
    address: address().prefault('127.0.0.1:8000').describe('Address to listen on. Port 0: any free port.'),
    disableSsl: z
      .boolean()
      .default(false)
      .describe('Whether to serve without TLS. Otherwise the certificate of `listen.tls` is used.'),
    insecure: z
      .boolean()
      .default(false)
      .describe(
        'Allows connections from other machines without TLS: tokens and events can be read on the way.',
      ),
    origins: z
      .array(origin())
      .max(MAX_ENTRIES)
      .default([])
      .describe(
        "Origins of pages that may use this listener's cookie. With a token, any page may send requests.",
      ),
    tokensInQuery: z
      .boolean()
      .default(true)
      .describe('Whether `?token=` and `?salt_token=` are accepted. They may end up in the logs of proxies.'),
    webhookUrl: z
      .string()
      .regex(/^(?:\/[A-Za-z0-9._~-]{1,64}){1,4}$/, { error: 'must be a path such as /hook' })
      .default('/hook')
      .describe('Path of the hooks.'),
    webhookDisableAuth: z
      .boolean()
      .default(false)
      .describe(
        'Whether hooks work without a token: anybody who can connect may then publish under `salt/netapi/hook`.',
      ),
    sessionTimeout: duration({ min: 1000, max: MAX_LIFE }).prefault('10h').describe('Lifetime of a login.'),
    tokenExpire: duration({ min: 1000, max: MAX_LIFE })
      .prefault('12h')
      .describe('Lifetime of a token from `POST /token`.'),
    maxRequestBodySize: size({ min: 1024, max: 64 * 2 ** 20 })
      .prefault('1MiB')
      .describe('Largest body of a request.'),
    eauth: eauth.prefault({}).describe('How users authenticate.'),
    upstream: upstream
      .optional()
      .describe('Destination of requests that need a Salt master. Absent: they are answered with 501.'),
  })
  .refine(({ address: { host }, disableSsl, insecure }) => !disableSsl || insecure || isLoopback(host), {
    error: 'is reached from beyond this machine: it needs TLS, or `insecure: true` if others may read along',
    path: ['address'],
  })
export type SaltRestConfig = z.output<typeof saltRestConfig>
