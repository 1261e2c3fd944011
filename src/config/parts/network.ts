import { z } from 'zod'
import { ADDRESS_FORM, type Address, address, formatAddress, isLoopback } from './address.js'
import { path } from './path.js'

/** The address that `on` stands for. */
const HTTP_ADDRESS = '127.0.0.1:4580'
const TCP_ADDRESS = '127.0.0.1:4581'

const MAX_ENTRIES = 64

const common = (usual: string) => ({
  address: address().prefault(usual).describe('Where it listens. Port 0: any that is free.'),
  tls: z.boolean().default(false).describe('With TLS, by the certificate of `listen.tls`.'),
  insecure: z
    .boolean()
    .default(false)
    .describe('Without TLS beyond this machine: tokens and events can be read on the way.'),
})

const httpListener = z.strictObject({
  ...common(HTTP_ADDRESS),
  hosts: z
    .array(hostName())
    .max(MAX_ENTRIES)
    .default([])
    .describe('Names by which it may be called, besides those of this machine and its addresses.'),
  origins: z
    .array(origin())
    .max(MAX_ENTRIES)
    .default([])
    .describe('Origins of web pages that may use it (CORS): `https://host`, or `*` for all.'),
})

const tcpListener = z.strictObject(common(TCP_ADDRESS))

/** HTTP, WebSocket and streams: one port. */
export const httpConfig = z
  .union(
    [
      z.literal('auto').transform(() => ({ ...httpListener.parse({}), optional: true })),
      listener(httpListener, HTTP_ADDRESS),
    ],
    { error: `must be auto, off, on, ${ADDRESS_FORM}, or a map with \`address\`` },
  )
  .describe('HTTP and WebSocket. `auto`: as `on`, but without it when the port is taken.')
export const tcpConfig = listener(tcpListener, TCP_ADDRESS).describe('The native protocol over TCP.')

export const tlsConfig = z
  .strictObject({
    certificate: path().optional().describe('Certificate chain, PEM. Default: that of `tocsin tls init`.'),
    key: path().optional().describe('Its private key, PEM. Default: that of `tocsin tls init`.'),
    clientCa: path()
      .optional()
      .describe('Who signs certificates of clients, PEM. Absent: clients are not asked for one.'),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: '`certificate` and `key` go together',
  })

export type HttpListenerConfig = z.output<typeof httpConfig>
export type TlsConfig = z.output<typeof tlsConfig>

interface Listener {
  address: Address
  tls: boolean
  insecure: boolean
}

/** `off`, `on` for the usual address, an address, or a map with all there is to say. */
function listener<Shape extends z.ZodType<Listener>>(map: Shape, usual: string) {
  const error = `must be off, on, ${ADDRESS_FORM}, or a map with \`address\``
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
      const { address: where, tls, insecure } = value as Listener
      if (tls || insecure || isLoopback(where.host)) return
      context.addIssue({ code: 'custom', path: ['address'], message: BEYOND })
    })
}

const BEYOND =
  'is reached from beyond this machine: it needs `tls: true`, or `insecure: true` if others may read along'

function hostName() {
  const error = 'must be a host name or an address, without a port'
  return z.string({ error }).regex(/^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})$/, { error })
}

export function origin() {
  const error = 'must be an origin such as https://host or https://host:8443, or *'
  return z.string({ error }).regex(/^(?:\*|https?:\/\/[A-Za-z0-9.[\]:_-]{1,260})$/, { error })
}
