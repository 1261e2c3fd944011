import type { Sessions } from '../access/sessions.js'
import type { BusApi, OwnEvent, OwnGates } from '../bus/api.js'
import type { Principal } from '../bus/principal.js'
import type { ConfigObservers } from '../config/commits/observer.js'
import type { Runtime } from '../event/runtime.js'
import type { EdgeObserver } from '../methods/edges.js'
import type { AuditObserver } from './audit.js'
import type { HaObserver } from './ha.js'
import type { OpenDiffs } from './open-diffs.js'
import type { PushObserver } from './push.js'
import type { OwnLog, Reporting } from './reporting.js'

/** The hub for a part that observes it. Functions that take an observer return one that ends the observation. */
export interface HubObservers {
  /** Tells of everything that happens to the configuration. */
  readonly config: Pick<ConfigObservers, 'add'>
  /** Tells of everything that is audited. */
  observeAudits(observer: AuditObserver): () => void
  /** Tells of what happens among the hubs that share the log. */
  observeHa(observer: HaObserver): () => void
  /** Tells of the hubs that forward their events to this one. */
  observeEdges(observer: EdgeObserver): () => void
  /** Asks before configuration is sent to a device. */
  observePushes(observer: PushObserver): () => void
  /** Publishes events of the hub that subscribers have to answer. */
  readonly gates: OwnGates
  /** Transactions whose changes can be read while they wait. */
  readonly diffs: Pick<OpenDiffs, 'add'>
  /** The hub's own log. */
  readonly ownLog: OwnLog
}

/** Everything that an observer needs of the hub. */
export interface ObservedHub {
  readonly observers: HubObservers
  readonly runtime: Runtime
  readonly bus: Pick<BusApi, 'subscribe'>
  readonly hub: { readonly name: string }
  /** As whom it reads events: the principal with all rights. */
  readonly reader: Principal
  readonly access: { find(name: string): Principal | undefined }
  readonly sessions: Pick<Sessions, 'find' | 'observe'>
  /** The reports about requests and work while somebody subscribes to them. */
  readonly reporting: Reporting
  /** Publishes an event of the part itself. Returns false if the hub accepts none because it is suspended or stops. */
  publish(event: OwnEvent): boolean
}
