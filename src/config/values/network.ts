import { z } from 'zod'
import type { KeyPath } from '../../event/json/key-path.js'
import { ADDRESS_FORM, type Address, address, formatAddress, isLoopback } from './address.js'
import { path, secretFile } from './path.js'

/** The settings that every map of a listener has. */
export interface ListenerConfig {
  address: Address
  tls: boolean
  insecure: boolean
}

export const listenerForm = `off, on, ${ADDRESS_FORM}, or a map with \`address\``

/** The keys that every network listener has; `usual` is its default address. */
export const listenerKeys = (usual: string) => ({
  address: address().prefault(usual).describe('Address to listen on. Port 0: any free port.'),
  tls: z.boolean().default(false).describe('Whether to use TLS, with the certificate of `listen.tls`.'),
  insecure: z
    .boolean()
    .default(false)
    .describe(
      'Allows connections from other machines without TLS: tokens and events can be read on the way.',
    ),
})

/** Accepts `off`, `on` for the default address, an address, or a map with all settings. */
export function listener<Shape extends z.ZodType<ListenerConfig>>(map: Shape, usual: string) {
  const error = `must be ${listenerForm}`
  const at = (text: string): z.output<Shape> => map.parse({ address: text })
  const bare = address().transform((given, context): z.output<Shape> => {
    const parsed = map.safeParse({ address: formatAddress(given) })
    if (parsed.success) return parsed.data
    context.addIssue(error)
    return z.NEVER
  })
  return z
    .union([z.literal('off'), z.literal('on').transform(() => at(usual)), bare, map], { error })
    .superRefine((value, context) => {
      if (value === 'off') return
      const { address: where, tls, insecure }: ListenerConfig = value
      if (tls || insecure || isLoopback(where.host)) return
      context.addIssue({ code: 'custom', path: ['address'], message: BEYOND })
    })
    .meta({ whole: true })
}

const BEYOND =
  'is reached from beyond this machine: it needs `tls: true`, or `insecure: true` if others may read along'

export const tlsConfig = z
  .strictObject({
    certificate: path()
      .optional()
      .describe('Certificate chain, PEM. Default: the one made by `tocsin tls init`.'),
    key: secretFile()
      .optional()
      .describe('Its private key, PEM. Default: the one made by `tocsin tls init`.'),
    clientCa: path()
      .optional()
      .describe('Certificate authority for client certificates, PEM. Absent: clients are not asked for one.'),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: '`certificate` and `key` go together',
  })
  .meta({ whole: true })
export type TlsConfig = z.output<typeof tlsConfig>

export function hostName() {
  const error = 'must be a host name or an address, without a port'
  return z.string({ error }).regex(/^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})$/, { error })
}

export function origin() {
  const error = 'must be an origin such as https://host or https://host:8443, or *'
  return z.string({ error }).regex(/^(?:\*|https?:\/\/[A-Za-z0-9.[\]:_-]{1,260})$/, { error })
}

/** The address of a listener for `ConfigClaims.listens`. Port 0 never conflicts. */
export function listenClaims(
  config: Pick<ListenerConfig, 'address'> | 'off' | undefined,
  path: KeyPath,
): { at: string; path: KeyPath }[] {
  if (config === undefined || config === 'off' || config.address.port === 0) return []
  return [{ at: formatAddress(config.address), path }]
}
