import { z } from 'zod'
import { filterList } from '../../config/values/filter-list.js'
import { path } from '../../config/values/path.js'
import { duration, size } from '../../config/values/units.js'
import { opensslHash, UNKNOWN_HASH_TYPE } from '../../protocols/salt/codec/sockets.js'
import { saltRestConfig } from './rest/config.js'

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
  pub: port('Port for subscribers. Salt uses 4512 on a master, 4510 on a minion.'),
  pull: port('Port for publishers. Salt uses 4513 on a master, 4511 on a minion.'),
})

const maxLag = z.strictObject({
  bytes: size({ min: MiB, max: 1024 * GiB })
    .prefault('1GiB')
    .describe('Lag in bytes at which a subscriber is disconnected.'),
  age: duration({ min: 1000, max: 30 * 24 * 3_600_000 })
    .prefault('1h')
    .describe('Lag in time at which a subscriber is disconnected.'),
})

const bus = z
  .strictObject({
    bus: busName().describe('Name of the bus; its events have the source `salt/<name>`.'),
    node: z
      .enum(['master', 'minion'])
      .default('master')
      .describe('Whether it has the sockets of a master or of a minion.'),
    id: minionId().optional().describe('Id of the minion; part of the names of its sockets.'),
    hashId: minionId()
      .optional()
      .describe("Used for the names of the sockets instead of `id`, like Salt's `hash_id`."),
    hashType: z
      .string()
      .refine((name) => opensslHash(name) !== undefined, { error: UNKNOWN_HASH_TYPE })
      .default('sha256')
      .describe("Salt's `hash_type`, used for the names of a minion's sockets."),
    sockDir: path()
      .optional()
      .describe('Folder of the sockets. Default: `/var/run/salt/master` or `…/minion`; none with `tcp`.'),
    group: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, { error: 'must be the name or number of a group' })
      .optional()
      .describe("Group that may subscribe on a master. Default: the hub's group."),
    tcp: tcp
      .optional()
      .describe('Ports on 127.0.0.1, as with `ipc_mode: tcp`. Any user of this machine may connect.'),
    show: filterList()
      .default([])
      .describe('Events from other publishers of the hub that its subscribers also see. Default: none.'),
    maxLag: maxLag
      .prefault({})
      .describe('A subscriber further behind is closed: Salt has no way to tell it what it missed.'),
    maxFrame: size({ min: KiB, max: 64 * MiB })
      .prefault('64MiB')
      .describe('Largest event accepted.'),
    rest: saltRestConfig
      .optional()
      .describe('The interface of salt-api over HTTP. Absent: it is not offered.'),
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
  .default([])
  .describe('Event buses for programs written for Salt.')
export type SaltConfig = z.output<typeof saltConfig>
export type SaltBusConfig = SaltConfig[number]

/** The source attribute of the bus's events, and the name of the principal of all peers on its sockets. */
export function saltSource(bus: string): string {
  return `salt/${bus}`
}
