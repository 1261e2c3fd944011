import type { ConfigClaims } from '../../config/claims.js'
import { listenClaims } from '../../config/values/network.js'
import { defineFace } from '../face.js'
import { type TcpConfig, tcpConfig, type UnixConfig, unixConfig } from './config.js'

/** The native protocol, over unix sockets, TCP and TLS. */
export const nativeFace = defineFace({
  name: 'native',
  config: { 'listen.unix': unixConfig, 'listen.tcp': tcpConfig },
  claims: ({ 'listen.unix': unix, 'listen.tcp': tcp }) => claims(unix, tcp),
  parts: ({ 'listen.unix': unix, 'listen.tcp': tcp }) => [
    ...unix.map((each) => ({
      name: `unix:${each.path ?? ''}`,
      config: { 'listen.unix': [each], 'listen.tcp': 'off' as const },
    })),
    ...(tcp === 'off' ? [] : [{ name: 'tcp', config: { 'listen.unix': [], 'listen.tcp': tcp } }]),
  ],
  async open(host, { 'listen.unix': unix, 'listen.tcp': tcp }) {
    const { openNative } = await import('./open.js')
    return openNative(host, unix, tcp)
  },
})

function claims(unix: UnixConfig, tcp: TcpConfig): ConfigClaims {
  return {
    principals: unix.map(({ principal: name }, i) => ({ name, path: ['listen', 'unix', i, 'principal'] })),
    listens: [
      ...unix.map(({ path }, i) => ({ at: path ?? 'the usual path', path: ['listen', 'unix', i] })),
      ...listenClaims(tcp, ['listen', 'tcp']),
    ],
  }
}
