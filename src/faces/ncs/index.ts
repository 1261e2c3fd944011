import type { ConfigClaims } from '../../config/claims.js'
import { listenClaims } from '../../config/values/network.js'
import { type NcsConfig, ncsConfig } from '../../protocols/ncs/config.js'
import { ncsTypes } from '../../protocols/ncs/types/index.js'
import { defineFace } from '../face.js'
import { ncsMethods } from './methods.js'

/** Notification sockets of NSO and ConfD, at addresses of their own. */
export const ncsFace = defineFace({
  name: 'ncs',
  config: { ncs: ncsConfig },
  types: ncsTypes,
  methods: ncsMethods,
  claims: ({ ncs }) => claims(ncs),
  // The notifications to keep concern the observer of this name, not an address.
  parts: ({ ncs: { listen, unix } }) => [
    ...(unix === undefined
      ? []
      : [{ name: `unix:${unix.path}`, config: { ncs: { listen: 'off' as const, unix, keep: [] } } }]),
    ...(listen === 'off' ? [] : [{ name: 'tcp', config: { ncs: { listen, keep: [] } } }]),
  ],
  sessionKind: async () => (await import('./socket/kind.js')).notificationSockets,
  async open(host, { ncs }) {
    if (ncs.listen === 'off' && ncs.unix === undefined) return undefined
    const { openNcs } = await import('./open.js')
    return openNcs(host, ncs)
  },
})

function claims({ listen, unix }: NcsConfig): ConfigClaims {
  const tcp = listen === 'off' ? undefined : listen.principal
  return {
    principals: [
      ...(tcp === undefined ? [] : [{ name: tcp, path: ['ncs', 'listen', 'principal'] }]),
      ...(unix === undefined ? [] : [{ name: unix.principal, path: ['ncs', 'unix', 'principal'] }]),
    ],
    listens: [
      ...listenClaims(listen, ['ncs', 'listen']),
      ...(unix === undefined ? [] : [{ at: unix.path, path: ['ncs', 'unix'] }]),
    ],
  }
}
