import type { Duplex } from 'node:stream'
import type { BusApi } from '../../../bus/api.js'
import type { Principal } from '../../../bus/principal.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import { tagSegment } from '../../../event/tag.js'
import type { FaceHost } from '../../face.js'
import type { SessionKind, SessionKindOf, SessionServer } from '../../shared/session-kind.js'
import { NcsHost, type NcsHostOptions } from './host.js'
import { probeHealth } from './probe-health.js'
import { readNcsRequest } from './request.js'
import { NotificationSession } from './session.js'

/** The parts of the hub that notification sockets need. */
export interface NcsParts extends Omit<NcsHostOptions, 'source' | 'warn' | 'probe'> {
  readonly hub: { readonly name: string }
  /** The principal that reads the log in a check of the hub's health. */
  readonly prober: Principal
}

/** Notification sockets of a hub, on all listeners of the native protocol. */
export function notificationSockets(host: FaceHost): SessionKindOf {
  const { access, bus, hub, parts, reports, runtime, sessions, types } = host
  return notificationSocketsOf({
    bus,
    runtime,
    hub,
    streams: parts.streams,
    sessions,
    authorize: access.authorize,
    demand: reports.work.demand,
    prober: access.principal('admin'),
    findPrincipal: access.find,
    typeOfBytes: types.typeOfNeighbours(),
    typePatterns: () => types.patterns,
  })
}

export function notificationSocketsOf({ hub, prober, ...parts }: NcsParts): SessionKindOf {
  return (server) => {
    const host = new NcsHost({
      ...parts,
      source: `hub/${tagSegment(hub.name)}`,
      warn: server.faulty.bind(server),
      probe: () => probe(parts, prober, server),
    })
    return kindOf(host)
  }
}

function kindOf(host: NcsHost): SessionKind {
  return {
    name: 'ncs',
    asked(hello) {
      const request = readNcsRequest(hello)
      return request && ((connection, caller) => new NotificationSession(host, connection, caller, request))
    },
    close: () => host.close(),
  }
}

interface Probed {
  readonly bus: BusApi
  readonly runtime: Runtime
}

async function probe({ bus, runtime }: Probed, principal: Principal, server: SessionServer): Promise<void> {
  if (bus.suspended) throw new TocsinError('TCN_BUS_SUSPENDED')
  const address = 'health check'
  const accept = (stream: Duplex) =>
    server.accept(stream, { address, local: true, isCounted: true, isOwn: true, principal })
  await probeHealth(runtime, accept)
}
