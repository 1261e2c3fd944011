import { isDeepStrictEqual } from 'node:util'
import { ADMIN, StoredSessions } from '../../access/index.js'
import type { PartConfig } from '../../parts/definition.js'
import type { FaceHost, OpenFace } from '../face.js'
import { nativeServer } from '../native/open.js'
import { sessionBucket } from '../shared/session-bucket.js'
import type { HttpConfig } from './config.js'
import { consoleFolder, consoleReader } from './console/files.js'
import { consoleSessions, Logins } from './console/logins.js'
import type { HttpLimits } from './context.js'
import { ANSWERS_KEPT } from './publish/idempotency.js'
import { HttpServer, type HttpServerOptions } from './server.js'

type OpenConfig = Exclude<HttpConfig, 'off'>

export async function openHttp(host: FaceHost, config: OpenConfig, limits: HttpLimits): Promise<OpenFace> {
  const server = await httpServer(host, config, limits, await openConsole(host))
  try {
    const tls = config.tls ? host.certificate() : undefined
    const address = await server.listen({ ...config.address, tls })
    return opened(server, address, config, host)
  } catch (error) {
    await server.close()
    throw error
  }
}

async function openConsole({ state, runtime, access }: FaceHost): Promise<HttpServerOptions['console']> {
  const bucket = sessionBucket(state)
  const sessions = await StoredSessions.open({ bucket, runtime, access, kind: consoleSessions })
  return { files: consoleReader(consoleFolder), logins: new Logins(sessions), issuers: access.browserLogins }
}

function opened(server: HttpServer, address: string, config: OpenConfig, { access }: FaceHost): OpenFace {
  return {
    get listeners() {
      return [{ address, connections: server.connections }]
    },
    loginLink() {
      const ticket = server.ticketFor(access.principal(ADMIN))
      const local = address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
      return ticket === undefined ? undefined : `${local}/#${ticket}`
    },
    change({ 'listen.http': next, 'limits.http': limits }: PartConfig): boolean {
      if (!isSamePlace(config, next as OpenConfig)) return false
      server.guard.allow(next as OpenConfig)
      server.limit(limits as HttpLimits)
      return true
    },
    unbind: () => server.unbind(),
    bind: () => server.bind(),
    drain: () => server.drain(),
    leave: (reason) => server.leave(reason),
    close: () => server.close(),
  }
}

function isSamePlace(one: OpenConfig, other: OpenConfig): boolean {
  return isDeepStrictEqual(one.address, other.address) && one.tls === other.tls
}

/** A server of HTTP for a hub, which listens nowhere yet. */
export async function httpServer(
  host: FaceHost,
  { hosts, origins }: Pick<OpenConfig, 'hosts' | 'origins'>,
  limits: HttpLimits,
  console?: HttpServerOptions['console'],
): Promise<HttpServer> {
  const { access, bus, methods, runtime, types, state, hub } = host
  const { budgets, reports, parts } = host
  return new HttpServer({
    native: await nativeServer(host),
    bus,
    methods,
    runtime,
    types,
    hub,
    budgets,
    called: reports.called,
    reporting: reports.work,
    hooks: parts.hooks,
    streams: parts.streams,
    warn: (peer, error) => reports.refused(error, peer),
    authorize: access.authorize,
    identify: access.identify,
    answers: state.bucket('requests', { timeToLive: ANSWERS_KEPT }),
    limits,
    console,
    hosts,
    origins,
  })
}
