import type { FaceHost, OpenFace } from '../face.js'
import { isAddressError } from '../shared/listen-error.js'
import type { HttpConfig } from './config.js'
import type { HttpLimits } from './context.js'
import { ANSWERS_KEPT } from './publish/idempotency.js'
import { HttpServer } from './server.js'

/** Resolves with undefined if the face is optional and cannot listen on its address. */
export async function openHttp(
  host: FaceHost,
  config: Exclude<HttpConfig, 'off'>,
  limits: HttpLimits,
): Promise<OpenFace | undefined> {
  const { access, bus, methods, runtime, types, state, hub, maxFrame, budgets, refused, called } = host
  const server = new HttpServer({
    bus,
    methods,
    runtime,
    types,
    hub,
    maxFrame,
    budgets,
    refused,
    called,
    authorize: access.authorize,
    identify: access.identify,
    answers: state.bucket('requests', { timeToLive: ANSWERS_KEPT }),
    limits,
    hosts: config.hosts,
    origins: config.origins,
  })
  try {
    const tls = config.tls ? host.certificate() : undefined
    const address = await server.listen({ ...config.address, tls })
    return {
      get listeners() {
        return [{ address, connections: server.connections }]
      },
      drain: () => server.drain(),
      close: () => server.close(),
    }
  } catch (error) {
    await server.close()
    if (!('optional' in config && isAddressError(error))) throw error
    host.note(`no HTTP: ${error.message}; \`tocsin serve --http 127.0.0.1:0\` takes another port`)
    return undefined
  }
}
