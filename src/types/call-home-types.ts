import { z } from 'zod'
import { severityByWord } from './derivation.js'
import { defineTypes } from './event-type.js'
import { schemaOf } from './schema-of.js'

const text = (description: string) => z.string().optional().meta({ description })

const call = () =>
  z.object({
    state: z.enum(['connected', 'unknown', 'disconnected']),
    device: text('Its name in the configuration. Absent if it is unknown.'),
    transport: z.enum(['ssh', 'tls']),
    fingerprint: z.string().meta({ description: 'Of its host key, or of its certificate.' }),
    af: z.int().meta({ description: '`AF_INET` (2) or `AF_INET6` (10).' }),
    ip4: text('The address from which it has called.'),
    ip6: text('The same of IPv6.'),
    port: z.int().meta({ description: 'The port from which it has called.' }),
    ssh_key_alg: text('The algorithm of its host key, such as `ssh-ed25519`.'),
    ssh_host_key: text('Its host key, in base64 as files of OpenSSH have it.'),
  })

/** Data of an event about a device that has called home. */
export type CallHomeEvent = z.infer<ReturnType<typeof call>>

/** The events about devices that call home. */
export const callHomeTypes = defineTypes([
  {
    type: 'hub.call_home',
    tags: ['hub/call-home/*'],
    summary: 'A network device has called home, or the session of one that had called has ended.',
    display: '[{device} ]{state}, [{ip4}][{ip6}] port {port}[, {ssh_key_alg}] {fingerprint}',
    schema: () => schemaOf(call()),
    correlation: ['data.device', 'data.fingerprint'],
    severity: severityByWord(['data.state'], {
      connected: 'info',
      unknown: 'warning',
      disconnected: 'warning',
    }),
  },
])

declare module './event-type.js' {
  interface EventTypes {
    'hub.call_home': CallHomeEvent
  }
}
