import { z } from 'zod'
import { opensslHash, UNKNOWN_HASH_TYPE } from '../../faces/salt/codec/hash-type.js'
import { filterList } from '../../types/filter-list.js'
import { duration, durationOrOff } from '../../types/units.js'
import { entriesOf } from '../entries.js'

const name = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, dots, dashes and underscores' })
  .describe('Its events have the source `salt/<name>`.')

const port = (description: string) => z.int().min(1).max(65535).optional().describe(description)

const tcp = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,255}$/, { error: 'must be a host name or an address' })
    .default('127.0.0.1')
    .describe('Where the daemon runs; it listens on 127.0.0.1 only.'),
  pub: port('Where it sends its events. Default: 4512 of a master, 4510 of a minion.'),
  pull: port('Where it takes events. Default: 4513 of a master, 4511 of a minion.'),
})

const duplicates = z.strictObject({
  key: z
    .array(z.enum(['jid', 'id', 'stamp']))
    .min(1)
    .max(3)
    .default(['jid', 'id'])
    .describe('Fields that, with the tag, tell events apart. An event without one of them is no duplicate.'),
  window: duration({ min: 1_000, max: 3_600_000 })
    .prefault('5m')
    .describe('How far apart the same event of several masters may come.'),
})

const entry = z
  .strictObject({
    name,
    node: z.enum(['master', 'minion']).default('master').describe('Whose bus it is.'),
    sockDir: z
      .string()
      .max(4096)
      .regex(/^\/[^\0]*$/, { error: 'must be an absolute path' })
      .optional()
      .describe('`sock_dir` of the daemon. Default: `/var/run/salt/master` or `…/minion`.'),
    id: z
      .string()
      .regex(/^[^\p{Cc}]{1,255}$/u, { error: 'must be 1 to 255 characters, no control character' })
      .optional()
      .describe('Id of the minion (its `hash_id`, where it has one): names its sockets.'),
    hashType: z
      .string()
      .refine((name) => opensslHash(name) !== undefined, { error: UNKNOWN_HASH_TYPE })
      .default('sha256')
      .describe('`hash_type` of the minion.'),
    tcp: tcp.optional().describe('For a daemon with `ipc_mode: tcp`, instead of its sockets.'),
    filter: filters('Which of its events are brought in. Default: all.'),
    fire: filters('Events of the hub that are fired into it. Default: none.'),
    duplicates: duplicates
      .optional()
      .describe('For several masters: what another bus with the same `duplicates` brought in is left out.'),
    silentAfter: durationOrOff({ min: 1_000 })
      .prefault('off')
      .describe('Without an event for so long the source is reported silent.'),
  })
  .refine(({ node, id, tcp }) => node === 'master' || id !== undefined || tcp !== undefined, {
    error: 'a minion needs its `id`',
    path: ['id'],
  })
  .refine(({ sockDir, tcp }) => sockDir === undefined || tcp === undefined, {
    error: 'a bus has either `sockDir` or `tcp`',
    path: ['tcp'],
  })

export type SaltSourceConfig = z.output<typeof entry>

export const saltSourcesConfig = entriesOf(entry)

function filters(description: string) {
  return filterList().default([]).meta({ kind: 'filters' }).describe(description)
}
