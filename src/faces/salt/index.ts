import type { ConfigClaims } from '../../config/claims.js'
import { formatAddress } from '../../config/values/address.js'
import { listenClaims } from '../../config/values/network.js'
import { masterSockets, minionSockets } from '../../protocols/salt/codec/sockets.js'
import { saltTypes } from '../../protocols/salt/types/index.js'
import { counter } from '../../types/metric.js'
import { defineFace } from '../face.js'
import { httpLimits } from '../web/config.js'
import { type SaltBusConfig, type SaltConfig, saltConfig, saltSource } from './config.js'

/** Event buses with the sockets of Salt, and the interface of salt-api for them. */
export const saltFace = defineFace({
  name: 'salt',
  config: { salt: saltConfig, 'limits.http': httpLimits },
  types: saltTypes,
  metrics: {
    tocsin_salt_dropped_events_total: counter(
      'events',
      'Events refused on the sockets of a Salt bus since the start, by reason.',
      ['source', 'code'],
    ),
  },
  claims: ({ salt }) => claims(salt),
  maxFrame: ({ salt }) => Math.max(0, ...salt.map(({ maxFrame }) => maxFrame)),
  parts: ({ salt, 'limits.http': limits }) =>
    salt.map((bus) => ({ name: bus.bus, config: { salt: [bus], 'limits.http': limits } })),
  async open(host, { salt, 'limits.http': limits }) {
    if (salt.length === 0) return undefined
    const { openSalt } = await import('./open.js')
    return openSalt(host, salt, limits)
  },
})

function claims(salt: SaltConfig): ConfigClaims {
  const backends = ['file', 'sharedsecret'] as const
  return {
    principals: salt.flatMap(({ rest }, i) =>
      backends.flatMap((backend) =>
        Object.entries(rest?.eauth[backend]?.users ?? {}).map(([user, name]) => ({
          name,
          path: ['salt', i, 'rest', 'eauth', backend, 'users', user],
        })),
      ),
    ),
    listens: salt.flatMap((bus, i) => [
      ...listenClaims(bus.rest, ['salt', i, 'rest', 'address']),
      ...busListens(bus, i),
    ]),
    sources: salt.map(({ bus }, i) => ({ source: saltSource(bus), path: ['salt', i, 'bus'] })),
  }
}

/** Sockets and ports of a bus. One of its two sockets is enough: both are in one folder, under fixed names. */
function busListens({ tcp, sockDir, node, id = '', hashId = id, hashType }: SaltBusConfig, i: number) {
  const folder = sockDir ?? (tcp === undefined ? `/var/run/salt/${node}` : undefined)
  const kinds = ['pub', 'pull'] as const
  const ports = kinds.map((kind) => ({ kind, port: tcp?.[kind] ?? 0 })).filter(({ port }) => port !== 0)
  const sockets = (path: string) =>
    node === 'master' ? masterSockets(path) : minionSockets(path, hashId, hashType)
  return [
    ...(folder === undefined ? [] : [{ at: sockets(folder).pub, path: ['salt', i] }]),
    ...ports.map(({ kind, port }) => ({
      at: formatAddress({ host: '127.0.0.1', port }),
      path: ['salt', i, 'tcp', kind],
    })),
  ]
}
