import { z } from 'zod'
import type { ConfigClaims } from '../../config/claims.js'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { path, secretFile } from '../../config/values/path.js'
import { readBy } from '../../config/values/read-by.js'
import { readAddress, readFingerprint } from '../../protocols/sysadm/client/address.js'
import { entriesOf, entryName, once, silentAfter } from '../entry.js'

const MAX_FINGERPRINTS = 8

const fingerprint = z.string().superRefine(readBy(readFingerprint))

const tls = z.strictObject({
  fingerprints: z
    .array(fingerprint)
    .max(MAX_FINGERPRINTS)
    .default([])
    .describe('SHA-256 fingerprints of the certificate; one of them must fit.'),
  ca: path().optional().describe('Authority that signed the certificate, PEM.'),
  serverName: z.string().min(1).max(253).optional().describe('Name in the certificate, if it is another.'),
  insecure: z
    .boolean()
    .default(false)
    .describe('Accepts every certificate: others on the way can read and change everything.'),
})

const login = z
  .strictObject({
    key: secretFile()
      .optional()
      .describe('File with the private RSA key, PEM; `openssl genrsa 4096` makes one.'),
    bridgeKey: secretFile()
      .optional()
      .describe('File with the private RSA key by which a bridge knows the hub, PEM. Default: `key`.'),
    user: z.string().min(1).max(255).optional().describe('Name of the user, instead of a key.'),
    passwordFile: secretFile().optional().describe('File with the password of the user.'),
  })
  .refine(
    ({ key, user, passwordFile }) =>
      (key === undefined) === (user !== undefined) && (user === undefined) === (passwordFile === undefined),
    { error: 'has either `key`, or `user` and `passwordFile`' },
  )

const entry = z
  .strictObject({
    name: entryName('Its events have the source `sysadm/<name>`.'),
    url: z
      .string()
      .max(512)
      .superRefine(readBy(readAddress))
      .describe('Address such as wss://nas1.example:12150, or port 12149 for a bridge.')
      .meta(DESTINATION),
    bridge: z
      .boolean()
      .default(false)
      .describe('Whether it is a bridge: the source attaches to all its servers that know the key.')
      .meta(DESTINATION),
    tls: tls
      .prefault({})
      .describe('How the server is known. Default: as the system does it.')
      .meta(DESTINATION),
    login: login.describe('How to log in.'),
    classes: z
      .array(z.enum(['dispatcher', 'life-preserver', 'system-state']))
      .min(1)
      .max(3)
      .default(['dispatcher', 'life-preserver', 'system-state'])
      .describe('Events that are recorded.'),
    silentAfter,
    once,
  })
  .refine(({ bridge, login }) => !bridge || login.key !== undefined, {
    error: 'over a bridge only a key is accepted',
    path: ['login'],
  })
  .refine(({ bridge, login }) => bridge || login.bridgeKey === undefined, {
    error: 'is for a bridge only',
    path: ['login', 'bridgeKey'],
  })

export type SysadmSourceConfig = z.output<typeof entry>

export const sysadmSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))

/** Returns addresses and names to check: the hub must not attach to its own server and take its events for new ones. */
export function sysadmClaims(entries: readonly SysadmSourceConfig[]): ConfigClaims {
  const at = (url: string, bridge: boolean) => {
    const { host, port } = readAddress(url, bridge ? 12149 : undefined)
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  }
  const where = (i: number) => ['sources', 'sysadm', i]
  return {
    connects: entries.map(({ url, bridge }, i) => ({ at: at(url, bridge), path: [...where(i), 'url'] })),
    sources: entries.map(({ name }, i) => ({ source: `sysadm/${name}`, path: [...where(i), 'name'] })),
  }
}
