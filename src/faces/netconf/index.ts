import { listenClaims } from '../../config/values/network.js'
import { defineFace } from '../face.js'
import { netconfConfig } from './config.js'

/** A NETCONF server for management systems, over SSH and TLS. */
export const netconfFace = defineFace({
  name: 'netconf',
  config: { 'listen.netconf': netconfConfig },
  claims: ({ 'listen.netconf': netconf }) => {
    if (netconf === 'off') return {}
    const { ssh, tls } = netconf
    return {
      listens: [
        ...listenClaims(ssh && { address: ssh }, ['listen', 'netconf', 'ssh']),
        ...listenClaims(tls && { address: tls }, ['listen', 'netconf', 'tls']),
      ],
    }
  },
  async open(host, { 'listen.netconf': netconf }) {
    if (netconf === 'off') return undefined
    const { openNetconf } = await import('./open.js')
    return openNetconf(host, netconf)
  },
})
