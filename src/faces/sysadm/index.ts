import { listenClaims } from '../../config/values/network.js'
import { sysadmTypes } from '../../protocols/sysadm/types/index.js'
import { gauge } from '../../types/metric.js'
import { defineFace } from '../face.js'
import { httpLimits } from '../web/config.js'
import { sysadmConfig } from './config.js'
import { sysadmRight } from './right.js'

/** The WebSocket and REST interfaces of SysAdm. */
export const sysadmFace = defineFace({
  name: 'sysadm',
  config: { sysadm: sysadmConfig, 'limits.http': httpLimits },
  types: sysadmTypes,
  right: sysadmRight,
  metrics: {
    tocsin_sysadm_connected_bridges: gauge('bridges', 'Whether the hub is connected to the bridge: 1 or 0.', [
      'bridge',
    ]),
    tocsin_sysadm_bridge_sessions: gauge('sessions', 'Clients that are logged in through the bridge.', [
      'bridge',
    ]),
  },
  claims: ({ sysadm: { listen, rest } }) => ({
    listens: [
      ...listenClaims(listen && { address: listen }, ['sysadm', 'listen']),
      ...listenClaims(rest && { address: rest }, ['sysadm', 'rest']),
    ],
  }),
  async open(host, { sysadm, 'limits.http': limits }) {
    if (sysadm.listen === undefined && sysadm.bridges.length === 0) return undefined
    const { openSysadm } = await import('./open.js')
    return openSysadm(host, sysadm, limits)
  },
})
