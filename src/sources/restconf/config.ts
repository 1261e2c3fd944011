import { z } from 'zod'
import { httpUrl } from '../../config/values/http-url.js'
import { OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { secretFile } from '../../config/values/path.js'
import { keepsSecrets } from '../../config/values/secret-url.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration, size } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { replayFrom } from '../notifications/replay-from.js'

const KiB = 2 ** 10
const MiB = 2 ** 20
const MAX_SERVERS = 1_000

const entry = z
  .strictObject({
    name: entryName('Name of the device. Its events have the tag `restconf/<name>/<notification>`.'),
    url: httpUrl().describe(
      'Root of RESTCONF, such as `https://r1.example/restconf`. Without a path, `/restconf` is meant.',
    ),
    user: z.string().min(1).max(256).optional().describe('User to log in as.'),
    passwordFile: secretFile().optional().describe('File with the password of the user.'),
    tokenFile: secretFile().optional().describe('File with a token (`Bearer`), instead of a user.'),
    tls: tlsClientConfig
      .prefault({})
      .describe('How the server is known, and the certificate that is a login too.'),
    stream: z.string().min(1).max(256).default('NETCONF').describe('Stream of the server.'),
    encoding: z
      .enum(['auto', 'json', 'xml'])
      .default('auto')
      .describe('Encoding of the notifications; `auto`: JSON if the server has it, with numbers as such.'),
    filter: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('An XPath expression for the server, whose prefixes are names of modules. Absent: all.'),
    from: replayFrom('the server'),
    maxMessage: size({ min: 4 * KiB, max: 16 * MiB })
      .prefault('1MiB')
      .describe('Longest notification. Longer ones are left out, counted and reported.'),
    timeout: duration({ min: 100, max: 25_000 })
      .prefault('20s')
      .describe('How long an answer of the server may take.'),
    silentAfter,
    once,
    ...eventPolicy,
  })
  .superRefine(({ url, user, passwordFile, tokenFile }, context) => {
    if ((user === undefined) !== (passwordFile === undefined))
      context.addIssue('`user` and `passwordFile` go together')
    if (user !== undefined && tokenFile !== undefined)
      context.addIssue('has one of `passwordFile` and `tokenFile`')
    const hasSecret = passwordFile !== undefined || tokenFile !== undefined
    if (hasSecret && !keepsSecrets(url))
      context.addIssue('a password or a token needs https://, or an address of this machine')
  })

export type RestconfSourceConfig = z.output<typeof entry>
export const restconfSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE), MAX_SERVERS)
