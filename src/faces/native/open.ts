import type { BusApi } from '../../bus/api.js'
import { hubSocketPath, socketEnvironment } from '../../client/transport/socket-path.js'
import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import { LongWork } from '../../incremental/long-work.js'
import type { FaceHost, FaceListener, OpenFace } from '../face.js'
import type { TcpConfig, UnixConfig } from './config.js'
import { NativeServer } from './server.js'
import { listenTcp } from './tcp.js'

/** Listens on every unix socket, and over TCP or TLS if that is configured. */
export async function openNative(host: FaceHost, unix: UnixConfig, tcp: TcpConfig): Promise<OpenFace> {
  const { access } = host
  const server = await nativeServer(host)
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
  return opened(server, listeners)
}

/** The face, or a part of it, that a server of the native protocol serves. */
export function opened(server: NativeServer, listeners: readonly FaceListener[]): OpenFace {
  return {
    listeners,
    unbind: () => server.unbind(),
    bind: () => server.bind(),
    leave: (reason) => server.leave(reason),
    close: () => server.close(),
  }
}

/** The time of a turn for the records of connections, which all listeners of a hub share. */
const recordWork = new WeakMap<BusApi, LongWork>()

function recordWorkOf({ bus, runtime }: FaceHost): LongWork {
  const work = recordWork.get(bus) ?? new LongWork(runtime, { isSmall: true })
  recordWork.set(bus, work)
  return work
}

/** A server of the native protocol for a hub, which listens nowhere yet. */
export async function nativeServer(host: FaceHost): Promise<NativeServer> {
  const { access, bus, methods, runtime, budgets, sessions, parts, reports } = host
  const { hub, maxFrame: largestFrame } = host
  const { authorize } = access
  const kinds = parts.sessionKinds.map(async (load) => (await load())(host))
  return new NativeServer({
    bus,
    methods,
    sessions,
    edges: parts.edges,
    authorize,
    runtime,
    hub,
    largestFrame,
    budgets,
    refused: reports.refused,
    called: reports.called,
    reporting: reports.work,
    recordWork: recordWorkOf(host),
    kinds: await Promise.all(kinds),
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
