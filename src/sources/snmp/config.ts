import { z } from 'zod'
import { address, isLoopback } from '../../config/values/address.js'
import { OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { path, secretFile } from '../../config/values/path.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { receiveBuffer } from '../udp/config.js'
import { network } from '../udp/senders.js'
import { signatureMethods } from './signature.js'

/** Names of the tools of Net-SNMP, and of the library. */
export const ciphers = { aes: 'aes', aes256: 'aes256b', aes256c: 'aes256r' } as const

const NO_DES =
  '`des` cannot be read: OpenSSL 3, which is in Node.js, does without it; let the device use `aes`'

const file = (description: string) => secretFile().describe(description)

const user = z
  .strictObject({
    name: z.string().min(1).max(32).describe('Name of the user.'),
    auth: z.enum(signatureMethods).optional().describe('How messages are signed.'),
    authFile: file('File with the passphrase of `auth`.').optional(),
    priv: z
      .enum(Object.keys(ciphers) as [keyof typeof ciphers, ...(keyof typeof ciphers)[]], {
        error: ({ input }) => (input === 'des' ? NO_DES : undefined),
      })
      .optional()
      .describe('How messages are encrypted; `aes256c` is the variant of Cisco.'),
    privFile: file('File with the passphrase of `priv`.').optional(),
  })
  .refine(({ auth, authFile }) => (auth === undefined) === (authFile === undefined), {
    error: '`auth` and `authFile` go together',
  })
  .refine(({ priv, privFile }) => (priv === undefined) === (privFile === undefined), {
    error: '`priv` and `privFile` go together',
  })
  .refine(({ auth, priv }) => priv === undefined || auth !== undefined, {
    error: '`priv` needs `auth`: what is encrypted is also signed',
  })

export type SnmpUser = z.output<typeof user>

const objectId = z.string().regex(/^[0-2](\.\d{1,10}){1,127}$/, {
  error: 'must be an object identifier such as 1.3.6.1.4.1.8072.4.0.2',
})

const entry = z
  .strictObject({
    name: entryName('Name in tags: `snmp/<name>/<address>/<trap>`.'),
    udp: address().prefault('127.0.0.1:1162').describe('Address; the usual port is 162.'),
    communityFile: file(
      'File with the communities that are accepted with version 1 and 2c, one a line. Absent: none.',
    ).optional(),
    users: z
      .array(user)
      .max(256)
      .superRefine((users, context) => {
        users.forEach(({ name }, i) => {
          if (users.findIndex((other) => other.name === name) < i)
            context.addIssue({ code: 'custom', path: [i, 'name'], message: 'is already another user' })
        })
      })
      .default([])
      .describe('Users that are accepted with version 3.'),
    insecure: z
      .boolean()
      .default(false)
      .describe(
        'Allows communities, and users without `auth`, beyond this machine, where everybody can read along and send.',
      ),
    from: z.array(network).max(256).default([]).describe('Senders that are accepted. Empty: all.'),
    names: z
      .record(objectId, z.string().regex(/^[A-Za-z0-9._-]{1,64}$/))
      .refine((names) => Object.keys(names).length <= 10_000, { error: 'has at most 10,000 names' })
      .default({})
      .describe(
        'Names of traps and variables by their object identifiers, in addition to those of the standard.',
      ),
    mibs: z
      .array(path())
      .max(256)
      .default([])
      .describe('MIB files, or folders of them, that name traps and variables.'),
    receiveBuffer,
    silentAfter,
    once,
    ...eventPolicy,
  })
  .refine(({ communityFile, users }) => communityFile !== undefined || users.length > 0, {
    error: 'has at least one of `communityFile` and `users`',
  })
  .refine(
    ({ udp, communityFile, users, insecure }) =>
      insecure || isLoopback(udp.host) || (communityFile === undefined && users.every(({ auth }) => auth)),
    {
      error:
        'is reached from beyond this machine: give all users `auth` and no communities, or set `insecure: true`',
      path: ['udp'],
    },
  )

export type SnmpConfig = z.output<typeof entry>
export const snmpSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))
