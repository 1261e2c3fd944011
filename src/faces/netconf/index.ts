import type { Address } from '../../config/values/address.js'
import { listenClaims } from '../../config/values/network.js'
import { callHomeTypes } from '../../types/call-home-types.js'
import { defineFace } from '../face.js'
import { callHomeConfig, netconfConfig } from './config.js'

/** A NETCONF server for management systems, over SSH and TLS, and a listener for devices that call home. */
export const netconfFace = defineFace({
  name: 'netconf',
  config: { 'listen.netconf': netconfConfig, 'listen.callHome': callHomeConfig },
  types: callHomeTypes,
  claims: ({ 'listen.netconf': netconf, 'listen.callHome': callHome }) => ({
    listens: [...claimsOf('netconf', netconf), ...claimsOf('callHome', callHome)],
  }),
  parts: ({ 'listen.netconf': netconf, 'listen.callHome': callHome }) => [
    { name: '', config: { 'listen.netconf': netconf, 'listen.callHome': 'off' } },
    { name: 'call-home', config: { 'listen.netconf': 'off', 'listen.callHome': callHome } },
  ],
  async open(host, { 'listen.netconf': netconf, 'listen.callHome': callHome }) {
    if (netconf !== 'off') {
      const { openNetconf } = await import('./open.js')
      return openNetconf(host, netconf)
    }
    if (callHome === 'off') return undefined
    const { openCallHome } = await import('./call-home.js')
    return openCallHome(host, callHome)
  },
})

function claimsOf(key: 'netconf' | 'callHome', listeners: 'off' | { ssh?: Address; tls?: Address }) {
  if (listeners === 'off') return []
  const { ssh, tls } = listeners
  return [
    ...listenClaims(ssh && { address: ssh }, ['listen', key, 'ssh']),
    ...listenClaims(tls && { address: tls }, ['listen', key, 'tls']),
  ]
}
