import { z } from 'zod'
import type { ConfigClaims } from '../../config/claims.js'
import { type Address, address, formatAddress, isLoopback } from '../../config/values/address.js'
import { DESTINATION, ON_THIS_MACHINE, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { absolutePath, secretFile } from '../../config/values/path.js'
import { size } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { parseConfig, zoneName } from '../text/config.js'
import { transformConfig } from '../text/transform-config.js'
import { receiveBuffer } from '../udp/config.js'
import { network } from '../udp/senders.js'

const MiB = 2 ** 20
const LISTENERS = ['udp', 'tcp', 'relp', 'tls', 'unix', 'datagrams'] as const

const file = (description: string) => absolutePath().describe(description)

const tls = z
  .strictObject({
    address: address().optional().describe('Address for TLS (RFC 5425); the usual port is 6514.'),
    relp: address().optional().describe('Address for RELP over TLS.'),
    certificate: file('Certificate chain, PEM. It is read again when the file has changed.'),
    key: secretFile().describe('Its private key, PEM.'),
    clientCa: file(
      'Authority for certificates of senders, PEM; senders without one are refused. Absent: senders are not asked for one.',
    ).optional(),
  })
  .refine(({ address, relp }) => address !== undefined || relp !== undefined, {
    error: 'has `address`, `relp` or both',
  })

const entry = z
  .strictObject({
    name: entryName('Name in tags: `syslog/<name>/<host>/<program>`.'),
    udp: address().optional().describe('Address for UDP; the usual port is 514.'),
    tcp: address().optional().describe('Address for TCP; lines and counted messages.'),
    relp: address()
      .optional()
      .describe('Address for RELP, which acknowledges each message; the usual port is 2514.'),
    tls: tls.optional().describe('Addresses and certificate for TLS.').meta(DESTINATION),
    unix: file('Path of a unix stream socket, for programs of this host.').optional(),
    datagrams: file(
      'Path of a unix datagram socket, such as `/dev/log`, where no other program reads it. Needs `perl`.',
    ).optional(),
    unixMode: z
      .string()
      .regex(/^0?[0-7]{3}$/, { error: 'must be three octal digits such as 0660' })
      .optional()
      .describe('Permissions of the unix sockets. Absent: 0660 for `unix`, 0666 for `datagrams`.')
      .meta(ON_THIS_MACHINE),
    insecure: z
      .boolean()
      .default(false)
      .describe(
        'Allows `udp`, `tcp` and `relp` beyond this machine, where everybody can read along and send.',
      ),
    from: z.array(network).max(256).default([]).describe('Senders that are accepted. Empty: all.'),
    zone: zoneName().default('local').describe('Zone of times without one, as in RFC 3164.'),
    maxMessage: size({ min: 480, max: MiB })
      .prefault('64KiB')
      .describe('Longest message; the rest of a longer one is left out.'),
    maxPeers: z.int().min(1).max(20_000).default(1_000).describe('Connections at once, of each listener.'),
    receiveBuffer,
    parse: parseConfig.optional().describe('Reads fields from the text of each message.'),
    transform: transformConfig,
    silentAfter,
    once,
    ...eventPolicy,
  })
  .refine((given) => LISTENERS.some((key) => given[key] !== undefined), {
    error: 'has at least one of `udp`, `tcp`, `relp`, `tls`, `unix` and `datagrams`',
  })
  .superRefine(({ udp, tcp, relp, insecure }, context) => {
    if (insecure) return
    for (const [key, where] of Object.entries({ udp, tcp, relp })) {
      if (where !== undefined && !isLoopback(where.host))
        context.addIssue({ code: 'custom', path: [key], message: BEYOND })
    }
  })

const BEYOND = 'is reached from beyond this machine: use `tls`, or set `insecure: true`'

export type SyslogConfig = z.output<typeof entry>
export const syslogSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))

export function syslogClaims(entries: readonly SyslogConfig[]): ConfigClaims {
  const listens = entries.flatMap(({ tcp, relp, tls, unix, datagrams }, i) => [
    ...claim(tcp, ['sources', 'syslog', i, 'tcp']),
    ...claim(relp, ['sources', 'syslog', i, 'relp']),
    ...claim(tls?.address, ['sources', 'syslog', i, 'tls', 'address']),
    ...claim(tls?.relp, ['sources', 'syslog', i, 'tls', 'relp']),
    ...claim(unix, ['sources', 'syslog', i, 'unix']),
    ...claim(datagrams, ['sources', 'syslog', i, 'datagrams']),
  ])
  return { listens }
}

function claim(where: Address | string | undefined, path: (string | number)[]) {
  if (typeof where === 'string') return [{ at: where, path }]
  return where === undefined || where.port === 0 ? [] : [{ at: formatAddress(where), path }]
}
