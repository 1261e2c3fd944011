import { listenClaims } from '../../config/values/network.js'
import { defineFace } from '../face.js'
import { httpLimits } from '../web/config.js'
import { httpConfig } from './config.js'

/** HTTP, server-sent events and WebSockets, on one port. */
export const httpFace = defineFace({
  name: 'http',
  config: { 'listen.http': httpConfig, 'limits.http': httpLimits },
  claims: ({ 'listen.http': http }) => ({ listens: listenClaims(http, ['listen', 'http']) }),
  async open(host, { 'listen.http': http, 'limits.http': limits }) {
    if (http === 'off') return undefined
    const { openHttp } = await import('./open.js')
    return openHttp(host, http, limits)
  },
})
