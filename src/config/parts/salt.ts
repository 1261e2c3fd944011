import { z } from 'zod'
import { opensslHash, UNKNOWN_HASH_TYPE } from '../../faces/salt/codec/hash-type.js'
import { filterList } from '../../types/filter-list.js'
import { duration, size } from '../../types/units.js'
import { path } from './path.js'
import { saltRestConfig } from './salt-rest.js'

const KiB = 2 ** 10
const MiB = 2 ** 20
const GiB = 2 ** 30
const MAX_BUSES = 1024

function busName() {
  const error = 'a name is 1 to 64 letters, digits, dots, dashes and underscores'
  return z.string({ error }).regex(/^[A-Za-z0-9._-]{1,64}$/, { error })
}

function minionId() {
  const error = 'must be 1 to 255 characters, no control character'
  return z.string({ error }).regex(/^[^\p{Cc}]{1,255}$/u, { error })
}

function port(description: string) {
  return z.int().min(0).max(65535).describe(description)
}

const tcp = z.strictObject({
  pub: port('Where subscribers connect. Salt: 4512 on a master, 4510 on a minion.'),
  pull: port('Where publishers connect. Salt: 4513 on a master, 4511 on a minion.'),
})

const maxLag = z.strictObject({
  bytes: size({ min: MiB, max: 1024 * GiB })
    .prefault('1GiB')
    .describe('Bytes of events behind.'),
  age: duration({ min: 1000, max: 30 * 24 * 3_600_000 })
    .prefault('1h')
    .describe('How long behind.'),
})

const bus = z
  .strictObject({
    bus: busName().describe('Name of the bus; its events have the source `salt/<name>`.'),
    node: z.enum(['master', 'minion']).default('master').describe('Whose sockets it has.'),
    id: minionId().optional().describe('Id of the minion; names its sockets.'),
    hashId: minionId().optional().describe('Names the sockets instead of `id`, as `hash_id` of Salt does.'),
    hashType: z
      .string()
      .refine((name) => opensslHash(name) !== undefined, { error: UNKNOWN_HASH_TYPE })
      .default('sha256')
      .describe('As `hash_type` of Salt; names the sockets of a minion.'),
    sockDir: path()
      .optional()
      .describe('Folder of the sockets. Default: `/var/run/salt/master` or `…/minion`; none with `tcp`.'),
    group: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, { error: 'must be the name or number of a group' })
      .optional()
      .describe('Group that may subscribe on a master. Default: that of the hub.'),
    tcp: tcp
      .optional()
      .describe('Ports on 127.0.0.1, as with `ipc_mode: tcp`. Whoever is on this machine may connect.'),
    show: filterList().default([]).describe('Events of others that its subscribers see too. Default: none.'),
    maxLag: maxLag
      .prefault({})
      .describe('A subscriber further behind is closed: Salt has no way to tell it what it missed.'),
    maxFrame: size({ min: KiB, max: 64 * MiB })
      .prefault('64MiB')
      .describe('Largest event taken.'),
    rest: saltRestConfig.optional().describe('What salt-api offers, over HTTP. Absent: it is not offered.'),
  })
  .refine(({ node, id, hashId }) => node === 'master' || id !== undefined || hashId !== undefined, {
    error: 'a minion needs its `id`',
    path: ['id'],
  })

/** Event buses with the sockets of Salt. */
export const saltConfig = z
  .array(bus)
  .max(MAX_BUSES)
  .superRefine((buses, context) => {
    const seen = new Set<string>()
    for (const [index, { bus }] of buses.entries()) {
      if (seen.has(bus))
        context.addIssue({ code: 'custom', path: [index, 'bus'], message: `there are two buses ${bus}` })
      seen.add(bus)
    }
  })
export type SaltConfig = z.output<typeof saltConfig>
export type SaltBusConfig = SaltConfig[number]
