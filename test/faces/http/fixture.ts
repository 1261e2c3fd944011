import type { Identify } from '../../../src/access/identify.js'
import { Access, type Grant } from '../../../src/access/index.js'
import { Bus } from '../../../src/bus/bus.js'
import { type BusLimits, DEFAULT_BUS_LIMITS } from '../../../src/bus/limits.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { HttpLimits } from '../../../src/faces/http/context.js'
import { ANSWERS_KEPT } from '../../../src/faces/http/publish/idempotency.js'
import { HttpServer, type HttpServerOptions } from '../../../src/faces/http/server.js'
import { NativeServer } from '../../../src/faces/native/server.js'
import {
  Budgets,
  DEFAULT_SHARED_LIMITS,
  type RequestSlotLimits,
  type SharedLimits,
} from '../../../src/faces/shared/budget.js'
import { openLmdbLog, openMemoryLog } from '../../../src/log/index.js'
import { consumerMethods } from '../../../src/methods/consumers.js'
import { eventMethods } from '../../../src/methods/events.js'
import { filterMethods } from '../../../src/methods/filters.js'
import { type Method, methodTable } from '../../../src/methods/method.js'
import { parkedMethods } from '../../../src/methods/parked.js'
import { type ReadMethodContext, readMethods } from '../../../src/methods/read.js'
import { subscriberMethods } from '../../../src/methods/subscribers.js'
import { openLmdbState, openMemoryState } from '../../../src/state/index.js'
import { hubTypes, TypeRegistry } from '../../../src/types/index.js'
import { nativeParts } from '../../helpers/native-parts.js'
import { realRuntime } from '../../helpers/real-runtime.js'

export interface HttpFixtureOptions {
  grants?: Record<string, Grant>
  methods?: (bus: Bus, access: Access, types: TypeRegistry) => Method[]
  limits?: Partial<HttpLimits>
  budgets?: Partial<SharedLimits & RequestSlotLimits>
  busLimits?: Partial<BusLimits>
  /** Maximum size of the log in memory, in bytes. */
  logBytes?: number
  /** Folder of the log and the state store; default: in memory. */
  data?: string
  server?: Partial<HttpServerOptions>
}

export interface HttpFixture {
  /** `http://127.0.0.1:<port>` */
  url: string
  port: number
  bus: Bus
  access: Access
  server: HttpServer
  /** Sends a request as this principal, whose name is its token. */
  fetch(as: string, path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** Starts a bus with HTTP on a free port of this machine. The token of a principal is its name. */
export async function startHttpFixture(options: HttpFixtureOptions = {}): Promise<HttpFixture> {
  const types = new TypeRegistry(hubTypes)
  const typing = { typeOf: types.typeOf, typeOfBytes: types.typeOfBytes }
  const access = new Access(options.grants ?? {}, typing, 'host/test')
  const runtime = realRuntime
  const log =
    options.data === undefined
      ? openMemoryLog({ runtime, maxBytes: options.logBytes })
      : await openLmdbLog({ runtime, ...typing, folder: `${options.data}/log` })
  const state =
    options.data === undefined
      ? openMemoryState({ runtime })
      : await openLmdbState({ runtime, folder: `${options.data}/state` })
  const bus = await Bus.open({
    runtime,
    log,
    state,
    authorize: access.authorize,
    ...typing,
    limits: { ...DEFAULT_BUS_LIMITS, ...options.busLimits },
    origin: 'hub/test',
  })
  const methods = [
    ...busMethods({ bus, runtime, authorize: access.authorize, ...typing }),
    ...(options.methods?.(bus, access, types) ?? []),
  ]
  const hub = { name: 'test', version: '0.0.0' }
  const { requestsInAll, requestsOfOne, ...shared } = options.budgets ?? {}
  const parts = {
    bus,
    budgets: new Budgets({ ...DEFAULT_SHARED_LIMITS, ...shared }, { requestsInAll, requestsOfOne }),
    methods: methodTable(methods),
    authorize: access.authorize,
    runtime,
    hub,
  }
  const native = nativeParts(runtime, (...given) => bus.emit(...given))
  const server = new HttpServer({
    ...parts,
    native: new NativeServer({ ...parts, ...native }),
    answers: state.bucket('requests', { timeToLive: ANSWERS_KEPT }),
    identify: byName(access),
    types,
    limits: options.limits,
    ...options.server,
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  let closing: Promise<void> | undefined
  const close = async () => {
    server.drain()
    await bus.close()
    await server.close()
    await log.close()
    await state.close()
  }
  return {
    url,
    port: Number(new URL(url).port),
    bus,
    access,
    server,
    fetch: (as, path, init = {}) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${as}`, ...init.headers } }),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function busMethods(context: ReadMethodContext): Method[] {
  return [
    ...subscriberMethods(context),
    ...consumerMethods(context),
    ...parkedMethods(context),
    ...filterMethods(context),
    ...eventMethods(context),
    ...readMethods(context),
  ]
}

function byName(access: Access): Identify {
  return ({ token }) => {
    if (token === undefined) throw new TocsinError('TCN_ACCESS_NO_TOKEN')
    try {
      return { principal: access.principal(token) }
    } catch {
      throw new TocsinError('TCN_ACCESS_TOKEN')
    }
  }
}
