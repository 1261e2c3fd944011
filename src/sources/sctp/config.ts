import { isIP } from 'node:net'
import { z } from 'zod'
import { OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { duration, size } from '../../config/values/units.js'
import { everyEvent, type LinuxEventName } from '../../protocols/sctp/index.js'
import { SOURCE_NAME, SOURCE_NAME_RULE } from '../../protocols/sctp/notifications/event.js'
import { entriesOf, eventPolicy, silentAfter } from '../entry.js'

const KiB = 2 ** 10

const name = z
  .string()
  .regex(SOURCE_NAME, { error: `must be ${SOURCE_NAME_RULE}` })
  .describe('Its events have the source `sctp/<name>`.')

const addresses = z
  .array(
    z.string().refine((text) => isIP(text) !== 0 && !text.includes('%'), { error: 'must be an IP address' }),
  )
  .min(1)
  .max(64)
  .describe('All local addresses of the associations (multihoming).')

const port = z.int().min(1).max(65535)

const listen = z.strictObject({
  addresses: addresses.default(['::']),
  port: port.describe('Port, the same for all addresses.'),
})

const connect = z.strictObject({
  addresses: addresses.describe('Addresses of the peer; one of them has to answer.'),
  port: port.describe('Port, the same for all addresses.'),
  from: z
    .strictObject({
      addresses: addresses.optional(),
      port: z.int().min(0).max(65535).default(0).describe('Local port. 0: any free port.'),
    })
    .optional()
    .describe('Local addresses. Default: all of this machine.'),
})

const data = z.strictObject({
  maxBytes: size({ min: 1, max: 1024 * KiB })
    .prefault('16KiB')
    .describe('Longest message; the rest of a longer one is left out.'),
})

const init = z.strictObject({
  outStreams: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('Outgoing streams requested. Default: that of the system.'),
  maxInStreams: z.int().min(1).max(65535).optional().describe('Incoming streams granted to a peer, at most.'),
  attempts: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('Number of INITs sent before a peer counts as unreachable.'),
  timeout: duration({ min: 1, max: 65_535 }).optional().describe('Longest time between two INITs.'),
})

const entry = z
  .strictObject({
    name,
    listen: listen.optional().describe('Waits for peers.'),
    connect: connect.optional().describe('Keeps one association with a peer, instead of `listen`.'),
    style: z
      .enum(['oneToMany', 'oneToOne'])
      .default('oneToMany')
      .describe('One socket for all associations, or one for each.'),
    events: z
      .array(z.enum([...everyEvent, 'SCTP_SEND_FAILED'] as [LinuxEventName, ...LinuxEventName[]]))
      .min(1)
      .max(32)
      .default([...everyEvent])
      .describe('Notifications that become events. Default: all except the old SCTP_SEND_FAILED.'),
    data: data
      .optional()
      .describe('Publishes user data as events too. Absent: user data is read and dropped.'),
    init: init.prefault({}).describe('How associations are set up.'),
    silentAfter,
    ...eventPolicy,
  })
  .refine(({ listen, connect }) => (listen === undefined) !== (connect === undefined), {
    error: 'has either `listen` or `connect`',
  })

export type SctpSourceConfig = z.output<typeof entry>

export const sctpSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))
