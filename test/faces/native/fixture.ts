import { join } from 'node:path'
import { Access, type Grant } from '../../../src/access/index.js'
import { Bus } from '../../../src/bus/bus.js'
import { type BusLimits, DEFAULT_BUS_LIMITS } from '../../../src/bus/limits.js'
import type { StreamsConfig } from '../../../src/bus/streams/config.js'
import { NamedStreams } from '../../../src/bus/streams/named-streams.js'
import type { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { Runtime } from '../../../src/event/runtime.js'
import type { NativeLimits } from '../../../src/faces/native/connection.js'
import { NativeServer } from '../../../src/faces/native/server.js'
import { notificationSocketsOf } from '../../../src/faces/ncs/socket/kind.js'
import {
  Budgets,
  DEFAULT_SHARED_LIMITS,
  type RequestSlotLimits,
  type SharedLimits,
} from '../../../src/faces/shared/budget.js'
import type { Listener } from '../../../src/faces/shared/listener.js'
import { type EventLog, openMemoryLog } from '../../../src/log/index.js'
import type { Method } from '../../../src/methods/method.js'
import { openMemoryState } from '../../../src/state/index.js'
import { type TypePatterns, TypeRegistry } from '../../../src/types/index.js'
import { nativeParts } from '../../helpers/native-parts.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

export interface FixtureOptions {
  grants?: Record<string, Grant>
  /** Principal of the socket; default admin. */
  principal?: string
  listener?: Partial<Listener>
  methods?: Method[]
  limits?: Partial<NativeLimits>
  refused?(error: TocsinError): void
  budgets?: Partial<SharedLimits & RequestSlotLimits>
  busLimits?: Partial<BusLimits>
  /** Clock of the server only. */
  runtime?: Runtime
  /** Bytes that the log keeps. */
  logBytes?: number
  streams?: StreamsConfig
  typePatterns?: () => readonly TypePatterns[]
  /** The program of the XPath thread. */
  thread?: URL
  /** Sessions, by id. */
  sessions?: ReadonlyMap<number, { user: string }>
  /** Default: a log in memory. */
  log?: EventLog
}

export interface Fixture {
  /** Path of the socket for `principal` of the options. */
  path: string
  /** Listens on a further socket, whose peers have this principal. */
  listenFor(principal: string): Promise<string>
  bus: Bus
  access: Access
  server: NativeServer
  close(): Promise<void>
}

const NO_TYPES: readonly TypePatterns[] = []

function registryOf(patterns: readonly TypePatterns[]): TypeRegistry {
  return new TypeRegistry(patterns.map(([type, ...tags]) => ({ type, tags })))
}

/** Starts a bus in memory, with the native protocol on a unix socket. */
export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const typeOf = () => 'tocsin.event'
  const { typePatterns = () => NO_TYPES } = options
  const access = new Access(options.grants ?? {}, { typeOf }, 'host/test')
  const state = openMemoryState({ runtime: realRuntime })
  await access.open({ bucket: state.bucket('principals'), runtime: realRuntime })
  const bus = await Bus.open({
    runtime: realRuntime,
    log: options.log ?? openMemoryLog({ runtime: realRuntime, maxBytes: options.logBytes }),
    state,
    authorize: access.authorize,
    typeOf,
    limits: { ...DEFAULT_BUS_LIMITS, ...options.busLimits },
    origin: 'hub/test',
  })
  const { requestsInAll, requestsOfOne, ...shared } = options.budgets ?? {}
  const server = new NativeServer({
    bus,
    methods: new Map((options.methods ?? []).map((method) => [method.name, method])),
    authorize: access.authorize,
    runtime: options.runtime ?? realRuntime,
    hub: { name: 'test', version: '0.0.0' },
    limits: options.limits,
    ...nativeParts(realRuntime, (...given) => bus.emit(...given)),
    kinds: [
      notificationSocketsOf({
        bus,
        authorize: access.authorize,
        runtime: options.runtime ?? realRuntime,
        hub: { name: 'test' },
        prober: access.principal('admin'),
        streams: new NamedStreams(options.streams ?? []),
        sessions: { find: (usid) => options.sessions?.get(usid) },
        findPrincipal: (name) => access.find(name),
        typeOfBytes: (...tag) => registryOf(typePatterns()).typeOfBytes(...tag),
        typePatterns,
        thread: options.thread,
      }),
    ],
    refused: options.refused,
    budgets: new Budgets({ ...DEFAULT_SHARED_LIMITS, ...shared }, { requestsInAll, requestsOfOne }),
  })
  const folder = temporaryFolder('native')
  const path = join(folder, 's')
  await server.listenUnix(path, {
    principal: options.principal === '' ? undefined : access.principal(options.principal ?? 'admin'),
    ...options.listener,
  })
  return {
    path,
    async listenFor(principal) {
      const other = join(folder, principal)
      await server.listenUnix(other, { principal: access.principal(principal) })
      return other
    },
    bus,
    access,
    server,
    async close() {
      await bus.close()
      await server.close()
      access.close()
    },
  }
}
