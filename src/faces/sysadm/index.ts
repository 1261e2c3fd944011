import { listenClaims } from '../../config/values/network.js'
import { sysadmTypes } from '../../protocols/sysadm/types/index.js'
import { gauge } from '../../types/metric.js'
import { defineFace } from '../face.js'
import { httpLimits } from '../web/config.js'
import { type SysadmConfig, sysadmConfig } from './config.js'
import { DormantFace } from './dormant.js'

/** The WebSocket and REST interfaces of SysAdm. */
export const sysadmFace = defineFace({
  name: 'sysadm',
  config: { sysadm: sysadmConfig, 'limits.http': httpLimits },
  types: sysadmTypes,
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
    const open = async (bridges: SysadmConfig['bridges']) =>
      (await import('./open.js')).openSysadm(host, { ...sysadm, bridges }, limits)
    const isOff = sysadm.listen === undefined && sysadm.bridges.length === 0
    return isOff ? new DormantFace(open) : open(sysadm.bridges)
  },
})
