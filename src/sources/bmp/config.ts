import { z } from 'zod'
import type { ConfigClaims } from '../../config/claims.js'
import { address, isLoopback } from '../../config/values/address.js'
import { listenClaims } from '../../config/values/network.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { network } from '../udp/senders.js'

const entry = z
  .strictObject({
    name: entryName('Name in tags: `bmp/<name>/<router>/<peer>/…`.'),
    listen: address().describe('Address at which routers connect.'),
    insecure: z
      .boolean()
      .default(false)
      .describe('Allows an address beyond this machine, where everybody can read along and send.'),
    from: z.array(network).max(256).default([]).describe('Routers that are accepted. Empty: all.'),
    maxPeers: z.int().min(1).max(10_000).default(100).describe('Connections at once.'),
    silentAfter,
    once,
    ...eventPolicy,
  })
  .refine(({ listen, insecure }) => insecure || isLoopback(listen.host), {
    path: ['listen'],
    error: 'is reached from beyond this machine: BMP has no encryption, set `insecure: true`',
  })

export type BmpConfig = z.output<typeof entry>
export const bmpSourcesConfig = entriesOf(entry)

export function bmpClaims(entries: readonly BmpConfig[]): ConfigClaims {
  const listens = entries.flatMap(({ listen }, i) =>
    listenClaims({ address: listen }, ['sources', 'bmp', i, 'listen']),
  )
  return { listens }
}
