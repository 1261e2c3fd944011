import { ADMIN, Sessions } from '../../access/index.js'
import type { Bus } from '../../bus/bus.js'
import { ConfigObservers } from '../../config/commits/observer.js'
import type { Runtime } from '../../event/runtime.js'
import { Edges } from '../../methods/edges.js'
import type { ObservedHub } from '../../observers/observed-hub.js'
import type { OpenDiffs } from '../../observers/open-diffs.js'
import { PushObservers } from '../../observers/push.js'
import { Reporting } from '../../observers/reporting.js'
import { HaAnnouncements } from '../cluster/ha-announcements.js'
import { nameOf } from '../cluster/hub-cluster.js'
import { Audit } from '../reports/audit.js'
import type { HubCore } from './core.js'
import type { Report } from './own-events.js'

/** The places where parts of the hub learn what happens in it. */
export interface Observers {
  /** Calls that have changed the hub, or were refused. */
  readonly audit: Audit
  /** Everything that happens to the configuration. */
  readonly config: ConfigObservers
  /** The events among the hubs that share the log. */
  readonly ha: HaAnnouncements
  readonly sessions: Sessions
  /** The hubs that forward their events to this one. */
  readonly edges: Edges
  /** The configuration that is sent to devices. */
  readonly pushes: PushObservers
  /** Reports about requests and work while somebody subscribes to them. */
  readonly reporting: Reporting
}

export function observersOf(
  runtime: Runtime,
  bus: Bus,
  report: Report,
  gateDeadline: () => number,
): Observers {
  const audit = new Audit(runtime, report)
  bus.consumers.onCreated = (...created) => audit.consumerCreated(...created)
  return {
    audit,
    config: new ConfigObservers(),
    ha: new HaAnnouncements(runtime, gateDeadline),
    sessions: new Sessions(runtime),
    edges: new Edges(runtime, report),
    pushes: new PushObservers(),
    reporting: new Reporting(runtime),
  }
}

/** Returns the hub as its observers see it. */
export function observedHub(
  { bus, access, hubLog, options: { config, runtime } }: HubCore,
  { audit, config: commits, ha, sessions, edges, pushes, reporting }: Observers,
  report: Report,
  diffs: OpenDiffs,
): ObservedHub {
  return {
    ...{ runtime, bus, access, sessions, reporting },
    publish: report,
    hub: { name: nameOf(config) },
    reader: access.principal(ADMIN),
    observers: {
      config: commits,
      observeAudits: (observer) => audit.observe(observer),
      observeHa: (observer) => ha.observe(observer),
      observeEdges: (observer) => edges.observe(observer),
      observePushes: (observer) => pushes.observe(observer),
      gates: bus.gates,
      diffs,
      ownLog: hubLog,
    },
  }
}
