import { hubSocketPath, socketEnvironment } from '../../client/transport/socket-path.js'
import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import type { FaceHost, FaceListener, OpenFace } from '../face.js'
import type { TcpConfig, UnixConfig } from './config.js'
import { NativeServer } from './server.js'
import { listenTcp } from './tcp.js'

/** Listens on every unix socket, and over TCP or TLS if that is configured. */
export async function openNative(host: FaceHost, unix: UnixConfig, tcp: TcpConfig): Promise<OpenFace> {
  const { access } = host
  const server = nativeServer(host)
  const listeners: FaceListener[] = []
  try {
    for (const { path, principal } of unix) {
      const socket = hubSocketPath(path && expandHome(path, pathEnvironment()), socketEnvironment())
      await server.listenUnix(socket, {
        principal: access.principal(principal),
        identify: access.identify,
      })
      listeners.push(listenerOf(server, `unix:${socket}`, `unix:${socket}`))
    }
    if (tcp !== 'off') {
      const tls = tcp.tls ? host.certificate() : undefined
      const address = await listenTcp(server, { ...tcp.address, tls, identify: access.identify })
      // The listener of a TCP connection has the same scheme, followed by the peer's address.
      listeners.push(listenerOf(server, address, address.slice(0, address.indexOf(':') + 1)))
    }
  } catch (error) {
    await server.close()
    throw error
  }
  return { listeners, close: () => server.close() }
}

/** A server of the native protocol for a hub, which listens nowhere yet. */
export function nativeServer(host: FaceHost): NativeServer {
  const { access, bus, methods, runtime, hub, maxFrame: largestFrame, budgets, refused, called } = host
  const { authorize } = access
  return new NativeServer({
    bus,
    methods,
    authorize,
    runtime,
    hub,
    largestFrame,
    budgets,
    refused,
    called,
    prober: access.principal('admin'),
  })
}

/** Returns a listener. `prefix` is the start of the addresses of its connections. */
export function listenerOf(server: NativeServer, address: string, prefix: string): FaceListener {
  return {
    address,
    get connections() {
      let count = 0
      for (const { session } of server.peers) if (session.peer.listener.startsWith(prefix)) count++
      return count
    },
  }
}
