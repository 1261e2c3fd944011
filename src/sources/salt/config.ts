import { z } from 'zod'
import type { ConfigClaims } from '../../config/claims.js'
import { filterList } from '../../config/values/filter-list.js'
import { duration } from '../../config/values/units.js'
import { type SaltAddresses, showAddress } from '../../protocols/salt/client/address.js'
import {
  MASTER_PORTS,
  MINION_PORTS,
  masterSockets,
  minionSockets,
  opensslHash,
  UNKNOWN_HASH_TYPE,
} from '../../protocols/salt/codec/sockets.js'
import { entriesOf, entryName, once, silentAfter } from '../entry.js'

const name = entryName('Its events have the source `salt/<name>`.')

const port = (description: string) => z.int().min(1).max(65535).optional().describe(description)

const tcp = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,255}$/, { error: 'must be a host name or an address' })
    .default('127.0.0.1')
    .describe('Host of the daemon; the daemon itself listens on 127.0.0.1 only.'),
  pub: port('Port where it publishes its events. Default: 4512 for a master, 4510 for a minion.'),
  pull: port('Port where it accepts events. Default: 4513 for a master, 4511 for a minion.'),
})

const duplicates = z.strictObject({
  key: z
    .array(z.enum(['jid', 'id', 'stamp']))
    .min(1)
    .max(3)
    .default(['jid', 'id'])
    .describe(
      'Fields that, with the tag, identify an event. An event without one of them is never a duplicate.',
    ),
  window: duration({ min: 1_000, max: 3_600_000 })
    .prefault('5m')
    .describe('Time within which the same event may arrive from several masters.'),
})

const entry = z
  .strictObject({
    name,
    node: z
      .enum(['master', 'minion'])
      .default('master')
      .describe('Whether it is the bus of a master or of a minion.'),
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
      .describe('Id of the minion (its `hash_id`, if it has one): part of the names of its sockets.'),
    hashType: z
      .string()
      .refine((name) => opensslHash(name) !== undefined, { error: UNKNOWN_HASH_TYPE })
      .default('sha256')
      .describe('`hash_type` of the minion.'),
    tcp: tcp.optional().describe('For a daemon with `ipc_mode: tcp`, instead of its sockets.'),
    filter: filters('Events that are published on the hub. Default: all.'),
    fire: filters('Events of the hub that are fired on this bus. Default: none.'),
    duplicates: duplicates
      .optional()
      .describe(
        'For several masters: an event that another bus with the same `duplicates` brought in is left out.',
      ),
    silentAfter,
    once,
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

type BusConfig = Pick<SaltSourceConfig, 'node' | 'tcp' | 'sockDir' | 'id' | 'hashType'>

export function configuredAddresses(config: BusConfig): SaltAddresses {
  const { node, tcp, id = '', hashType } = config
  if (tcp !== undefined) {
    const ports = node === 'master' ? MASTER_PORTS : MINION_PORTS
    return {
      pub: { host: tcp.host, port: tcp.pub ?? ports.pub },
      pull: { host: tcp.host, port: tcp.pull ?? ports.pull },
    }
  }
  const { sockDir = `/var/run/salt/${node}` } = config
  const { pub, pull } = node === 'master' ? masterSockets(sockDir) : minionSockets(sockDir, id, hashType)
  return { pub: { path: pub }, pull: { path: pull } }
}

/** Returns addresses and names to check: the hub must not attach to its own bus and take its events for new ones. */
export function saltClaims(entries: readonly SaltSourceConfig[]): ConfigClaims {
  const path = (i: number) => ['sources', 'salt', i]
  return {
    connects: entries.map((entry, i) => ({ at: showAddress(configuredAddresses(entry).pub), path: path(i) })),
    sources: entries.map(({ name }, i) => ({ source: `salt/${name}`, path: [...path(i), 'name'] })),
  }
}
