import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import type { NcsConfig } from '../../protocols/ncs/config.js'
import type { FaceHost, FaceListener, OpenFace } from '../face.js'
import { listenerOf, nativeServer, opened } from '../native/open.js'
import { listenTcp } from '../native/tcp.js'

export async function openNcs(host: FaceHost, { listen, unix }: NcsConfig): Promise<OpenFace> {
  const { access } = host
  const server = await nativeServer(host)
  const listeners: FaceListener[] = []
  try {
    if (unix !== undefined) {
      const path = expandHome(unix.path, pathEnvironment())
      await server.listenUnix(path, {
        principal: access.principal(unix.principal),
        identify: access.identify,
      })
      listeners.push(listenerOf(server, `unix:${path}`, `unix:${path}`))
    }
    if (listen !== 'off') {
      const address = await listenTcp(server, {
        ...listen.address,
        tls: listen.tls ? host.certificate() : undefined,
        identify: access.identify,
        principal: listen.principal === undefined ? undefined : access.principal(listen.principal),
      })
      listeners.push(listenerOf(server, address, address.slice(0, address.indexOf(':') + 1)))
    }
  } catch (error) {
    await server.close()
    throw error
  }
  return opened(server, listeners)
}
