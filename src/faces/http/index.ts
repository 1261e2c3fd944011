import { listenClaims } from '../../config/values/network.js'
import { defineFace, type FacePart } from '../face.js'
import { httpLimits } from '../web/config.js'
import { type HttpConfig, httpConfig } from './config.js'

/** HTTP, server-sent events and WebSockets, on one port. */
export const httpFace = defineFace({
  name: 'http',
  config: { 'listen.http': httpConfig, 'limits.http': httpLimits },
  claims: ({ 'listen.http': http }) => ({ listens: listenClaims(http, ['listen', 'http']) }),
  parts: ({ 'listen.http': http, 'limits.http': limits }) =>
    http === 'off'
      ? []
      : [{ name: '', config: { 'listen.http': http, 'limits.http': limits }, ...absence(http) }],
  async open(host, { 'listen.http': http, 'limits.http': limits }) {
    if (http === 'off') return undefined
    const { openHttp } = await import('./open.js')
    return openHttp(host, http, limits)
  },
})

/** `auto` stands for a hub that works without HTTP if it cannot listen. */
function absence(http: HttpConfig): Pick<FacePart, 'optional'> {
  if (!(typeof http === 'object' && 'optional' in http)) return {}
  const remedy = '`tocsin serve --http 127.0.0.1:0` takes another port'
  return { optional: ({ message }) => `no HTTP: ${message}; ${remedy}` }
}
