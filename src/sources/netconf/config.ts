import { z } from 'zod'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { path, secretFile } from '../../config/values/path.js'
import { readBy } from '../../config/values/read-by.js'
import { duration, size } from '../../config/values/units.js'
import { readHostKey } from '../../protocols/netconf/client/host-key.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { replayFrom } from '../notifications/replay-from.js'

const KiB = 2 ** 10
const MiB = 2 ** 20
const MAX_DEVICES = 1_000
const MAX_PUSHES = 32
const SSH_PORT = 830
const TLS_PORT = 6513

const fingerprint = z
  .string()
  .transform((text) =>
    text
      .replace(/^sha256[:=]/i, '')
      .replaceAll(':', '')
      .toLowerCase(),
  )
  .refine((digits) => /^[0-9a-f]{64}$/.test(digits), { error: 'must be a SHA-256 of 64 hexadecimal digits' })

const tls = z.strictObject({
  certificate: path()
    .optional()
    .describe(
      'Client certificate, PEM, which is the login. To a device that calls home, the hub shows that of `listen.tls`.',
    ),
  key: secretFile().optional().describe('Its private key, PEM.'),
  ca: path().optional().describe('Authority that signed the certificate of the device, PEM.'),
  fingerprint: fingerprint
    .optional()
    .describe('SHA-256 of the certificate of the device, instead of an authority.'),
  serverName: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('Name in the certificate, if it is not the host.'),
})

/** The source reads it as XML when it starts: the reader is loaded then. */
const subtree = z
  .string()
  .max(64 * KiB)
  .regex(/^\s*<[\s\S]*>\s*$/, { error: 'must be XML elements, such as <a xmlns="urn:a"/>' })

const filter = z
  .strictObject({
    subtree: subtree.optional().describe('Elements as XML: notifications that have them are sent.'),
    xpath: z.string().min(1).max(4096).optional().describe('An XPath expression, for devices that know it.'),
    namespaces: z
      .record(z.string().regex(/^[A-Za-z_][\w.-]{0,63}$/), z.string().min(1).max(1024))
      .default({})
      .describe('Namespaces of the prefixes in `xpath`.'),
  })
  .refine(({ subtree, xpath }) => (subtree === undefined) !== (xpath === undefined), {
    error: 'has one of `subtree` and `xpath`',
  })

const push = z.strictObject({
  name: entryName('Name, which is in its events as `subscription`.'),
  datastore: z
    .enum(['operational', 'running', 'intended', 'candidate', 'startup'])
    .default('operational')
    .describe('Datastore of the device.'),
  filter: filter.describe('The part of the datastore.').meta({ whole: true }),
  every: duration({ min: 10 })
    .optional()
    .describe('The device sends all of it as often. Absent: it sends what has changed, when it changes.'),
  dampening: duration({ min: 0 }).prefault('0s').describe('Shortest time between two changes that are sent.'),
})

const hostKey = z
  .string()
  .max(16 * KiB)
  .superRefine(readBy(readHostKey))

const entry = z
  .strictObject({
    name: entryName('Name of the device. Its events have the tag `netconf/<name>/<notification>`.'),
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]{1,253}$/, { error: 'must be a name or an address' })
      .optional()
      .describe('Name or address of the device, unless it calls home.')
      .meta(DESTINATION),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe(`Port. Default: ${SSH_PORT}, with \`tls\` ${TLS_PORT}.`)
      .meta(DESTINATION),
    callHome: z
      .boolean()
      .default(false)
      .describe(
        'The device opens the connection, to `listen.callHome`, and is known by `hostKey` or `tls.fingerprint` (RFC 8071).',
      )
      .meta(DESTINATION),
    user: z.string().min(1).max(256).optional().describe('User to log in as.'),
    keyFile: secretFile()
      .optional()
      .describe('File with the private key of the user, as `ssh-keygen` writes it, without a passphrase.'),
    passwordFile: secretFile().optional().describe('File with the password of the user.'),
    hostKey: hostKey
      .or(z.array(hostKey).min(1).max(8))
      .optional()
      .describe(
        'Fingerprint of the host key of the device, such as `SHA256:…`, or the whole key. Without it the source does not log in, and says which key the device has.',
      )
      .meta(DESTINATION),
    tls: tls.optional().describe('NETCONF over TLS, instead of SSH.').meta(DESTINATION),
    stream: z
      .string()
      .min(1)
      .max(256)
      .default('NETCONF')
      .describe('Stream of the device; `tocsin netconf hello` lists them.'),
    filter: filter
      .optional()
      .describe('Notifications that the device sends. Absent: all.')
      .meta({ whole: true }),
    from: replayFrom('the device'),
    push: z
      .array(push)
      .max(MAX_PUSHES)
      .refine((pushes) => new Set(pushes.map(({ name }) => name)).size === pushes.length, {
        error: 'has a name twice',
      })
      .default([])
      .describe('Parts of datastores that the device sends by itself (RFC 8641).'),
    raw: z.boolean().default(false).describe('Keeps the XML of each notification too, in `xml`.'),
    maxMessage: size({ min: 4 * KiB, max: 16 * MiB })
      .prefault('1MiB')
      .describe('Longest message. Longer ones are left out, counted and reported.'),
    timeout: duration({ min: 100, max: 25_000 })
      .prefault('20s')
      .describe('How long it may take to log in, and to be answered.'),
    silentAfter,
    once,
    ...eventPolicy,
  })
  .superRefine((config, context) => {
    for (const fault of [...loginFaults(config), ...placeFaults(config)]) context.addIssue(fault)
  })
  .transform((config) => ({
    ...config,
    host: config.host ?? '',
    port: config.port ?? (config.tls ? TLS_PORT : SSH_PORT),
  }))

interface DeviceReach {
  host?: string
  port?: number
  callHome: boolean
  user?: string
  keyFile?: string
  passwordFile?: string
  hostKey?: string | string[]
  tls?: z.output<typeof tls>
}

function* loginFaults({ user, keyFile, passwordFile, hostKey, tls }: DeviceReach): Iterable<string> {
  if (tls !== undefined) {
    const ssh = { user, keyFile, passwordFile, hostKey }
    const [given] = Object.entries(ssh).filter(([, value]) => value !== undefined)
    if (given !== undefined) yield `\`${given[0]}\` is for SSH, and \`tls\` is used`
    return
  }
  if (user === undefined) yield 'has a `user`, or `tls`'
  if ((keyFile === undefined) === (passwordFile === undefined))
    yield 'has one of `keyFile` and `passwordFile`, or `tls`'
}

function* placeFaults({ host, port, callHome, hostKey, tls }: DeviceReach): Iterable<string> {
  const { certificate, key, ca, serverName, fingerprint } = tls ?? {}
  if (!callHome) {
    if (host === undefined) yield 'has a `host`, or `callHome: true`'
    if (tls !== undefined && (certificate === undefined || key === undefined))
      yield 'needs `tls.certificate` and `tls.key`'
    return
  }
  const unused = Object.entries({ host, port, certificate, key, ca, serverName })
  const [given] = unused.filter(([, value]) => value !== undefined)
  if (given !== undefined) yield `\`${given[0]}\` is not for a device that calls home`
  if (tls === undefined && hostKey === undefined)
    yield 'calls home, and needs a `hostKey` by which it is known'
  if (tls !== undefined && fingerprint === undefined)
    yield 'calls home, and needs a `tls.fingerprint` by which it is known'
}

export type DeviceFilter = z.output<typeof filter>
export type PushConfig = z.output<typeof push>
export type NetconfSourceConfig = z.output<typeof entry>
export const netconfSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE), MAX_DEVICES).superRefine(
  (entries, context) => {
    const known = new Map<string, string>()
    entries.forEach(({ name, callHome, hostKey, tls }, nth) => {
      if (!callHome) return
      for (const key of keysOf(hostKey, tls?.fingerprint)) {
        const other = known.get(key)
        if (other !== undefined)
          context.addIssue({ code: 'custom', path: [nth], message: `has the key of \`${other}\`` })
        known.set(key, name)
      }
    })
  },
)

function keysOf(hostKey: string | string[] | undefined, fingerprint: string | undefined): string[] {
  return fingerprint === undefined ? [hostKey ?? []].flat().flatMap(readIfValid) : [fingerprint]
}

/** One that is not valid is reported where it stands. */
function readIfValid(key: string): string[] {
  try {
    return [readHostKey(key)]
  } catch {
    return []
  }
}
