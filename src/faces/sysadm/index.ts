import { listenClaims } from '../../config/values/network.js'
import { sysadmTypes } from '../../protocols/sysadm/types/index.js'
import { defineFace } from '../face.js'
import { httpLimits } from '../web/config.js'
import { sysadmConfig } from './config.js'

/** The WebSocket and REST interfaces of SysAdm. */
export const sysadmFace = defineFace({
  name: 'sysadm',
  config: { sysadm: sysadmConfig, 'limits.http': httpLimits },
  types: sysadmTypes,
  claims: ({ sysadm: { listen, rest } }) => ({
    listens: [
      ...listenClaims(listen && { address: listen }, ['sysadm', 'listen']),
      ...listenClaims(rest && { address: rest }, ['sysadm', 'rest']),
    ],
  }),
  async open(host, { sysadm, 'limits.http': limits }) {
    if (sysadm.listen === undefined) return undefined
    const { openSysadm } = await import('./open.js')
    return openSysadm(host, sysadm, limits)
  },
})
