import { hostname } from 'node:os'
import { z } from 'zod'
import { askRight, eventRight } from '../access/config.js'
import { filterList } from '../config/values/filter-list.js'
import { path, secretFile } from '../config/values/path.js'
import { readBy } from '../config/values/read-by.js'
import { durationOrOff, size, sizeOrOff } from '../config/values/units.js'
import { parsePosition } from '../event/position.js'
import { parsePermission } from '../filter/index.js'
import { entriesOf, entryName } from '../sources/entry.js'
import { readUpstreamAddress } from './address.js'

const tls = z
  .strictObject({
    ca: path()
      .optional()
      .describe("Authority that signed the hub's certificate, PEM. Default: those of the system."),
    certificate: path().optional().describe('Certificate of this hub, PEM, if the other asks for one.'),
    key: secretFile().optional().describe('Its private key, PEM.'),
    serverName: z.string().min(1).max(253).optional().describe('Name in the certificate, if it is another.'),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: '`certificate` and `key` go together',
  })

const answers = z
  .strictObject({
    see: eventRight('Events that it may be asked about.').superRefine(
      readBy((extent) => parsePermission(extent, 'see')),
    ),
    monitor: z.boolean().default(false).describe('True if it may be asked for the state of this hub.'),
    ask: askRight.describe('Edge hubs of this hub that may be asked through it.'),
    rate: sizeOrOff({ min: 1024, max: 1024 ** 3 })
      .prefault('4MiB')
      .describe('Bytes of events that it sends as answers in a second, at most.'),
    bytes: size({ min: 1024, max: 1024 ** 2 })
      .prefault('256KiB')
      .describe('Bytes of events in one page of an answer, at most. A single event may be longer.'),
  })
  .optional()
  .describe('Questions of the hub there that this one answers, from its own log. Default: none.')

export type AnswersConfig = NonNullable<z.output<typeof answers>>

const entry = z.strictObject({
  name: entryName('Name of the upstream in status, metrics and events.'),
  servers: z
    .array(z.string().min(1).max(512).superRefine(readBy(readUpstreamAddress)))
    .min(1)
    .max(16)
    .describe(
      'Addresses of the hub, or of the hubs of a cluster: the first that answers is used. `tls://host:4581`, `tcp://`, `wss://`, `ws://` or `unix:/path`.',
    ),
  edge: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, {
      error: 'must be 1 to 64 letters, digits, dots, dashes and underscores',
    })
    .optional()
    .describe(
      'Name of this hub there; no other hub may use it with the same token. Hubs of a cluster are one edge hub, and have the same. Default: the host name; in a cluster `nats.stream`.',
    ),
  tokenFile: secretFile().optional().describe('File with the token. It is read at each attempt to connect.'),
  tls: tls.prefault({}).describe('For `tls://` and `wss://`.'),
  filter: filterList()
    .default(['!hub/'])
    .meta({ kind: 'filters' })
    .describe('Events that are forwarded. Those under `hub/` need the right `produce` there.'),
  from: z
    .string()
    .max(64)
    .superRefine(readBy(parsePosition))
    .default('now')
    .describe('Where forwarding begins the very first time: `start`, `now`, `-1h`, a time.'),
  rate: sizeOrOff({ min: 1024, max: 1024 ** 3 })
    .prefault('16MiB')
    .describe('Bytes forwarded in a second, at most, as they are sent.'),
  compression: z
    .enum(['deflate', 'off'])
    .default('off')
    .describe('Compresses events on their way, if the hub there understands that.'),
  maxAge: durationOrOff({ min: 1_000 })
    .prefault('off')
    .describe('Events that have waited longer are left out, and reported there as a gap.'),
  answers,
})

export type UpstreamConfig = z.output<typeof entry>

export const upstreamsConfig = entriesOf(entry)

/** The name of this hub there. Hubs that share a log are one edge hub, whichever of them forwards. */
export function edgeName({ edge }: Pick<UpstreamConfig, 'edge'>, sharedLog?: string): string {
  return (
    edge ??
    sharedLog ??
    (hostname()
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 64) ||
      'edge')
  )
}

/** The answers that are offered to the hub there; undefined: none. */
export function answersOffered({ answers }: Pick<UpstreamConfig, 'answers'>): 'all' | 'some' | undefined {
  if (answers === undefined) return undefined
  return answers.see === '*' ? 'all' : 'some'
}
