import { EdgeRecords } from '../../methods/edge-records.js'
import { type MethodTable, methodTable } from '../../methods/method.js'
import { OpenDiffs } from '../../observers/open-diffs.js'
import { nameOf } from '../cluster/hub-cluster.js'
import { type ConfigurationControl, noControl } from '../config/control.js'
import type { HubOptions } from '../hub-options.js'
import { Metrics } from '../metrics/metrics.js'
import type { OpenFaces } from '../parts/faces.js'
import { hubMethods } from '../parts/methods.js'
import { OpenObservers } from '../parts/observers.js'
import type { Audit } from '../reports/audit.js'
import { Certificates, tlsFiles } from '../tls.js'
import { type HubCore, openCore } from './core.js'
import { Lifecycle } from './lifecycle.js'
import { methodContext } from './method-context.js'
import { type Observers, observedHub, observersOf } from './observers.js'
import { budgetsOf, facesOf } from './open-faces.js'
import { ownEvents, type Report } from './own-events.js'
import { type Shelves, shelvesOf } from './shelves.js'
import { stagesOf } from './stages.js'
import { StartNotes } from './start-notes.js'

/** A hub in its parts. */
export interface AssembledHub {
  readonly core: HubCore
  readonly report: Report
  readonly observers: Observers
  readonly shelves: Shelves
  readonly methods: MethodTable
  readonly faces: OpenFaces
  readonly openObservers: OpenObservers
  readonly certificates: Certificates
  readonly lifecycle: Lifecycle
  readonly notes: StartNotes
  /** Lets methods change the configuration. */
  configure(control: ConfigurationControl): void
}

/** Opens log and state, and makes what runs on them, from the bus upwards. */
export async function assemble(options: HubOptions): Promise<AssembledHub> {
  let audit: Audit | undefined
  const core = await openCore(options, (refusal) => audit?.loginRefused(refusal))
  const { config, runtime } = options
  const { bus, hubLog, damage, cluster, typeFault } = core
  const report = ownEvents(hubLog, bus)
  const notes = new StartNotes(hubLog, damage, () => cluster?.notes ?? [])
  const observers = observersOf(runtime, bus, report, () => config.limits.gateDeadline)
  audit = observers.audit
  const edges = new EdgeRecords(core.state.bucket('edges'), runtime)
  await observers.edges.remember(edges, cluster && nameOf(config))
  observers.edges.configure(config.edges)
  const shelves = shelvesOf(core, observers, report, {
    metrics: () => metrics.families(),
    methods: () => methods,
  })
  const diffs = new OpenDiffs()
  let control = noControl
  const later = { diffs, faces: () => faces, lifecycle: () => lifecycle, control: () => control }
  const context = methodContext(core, observers, shelves, later)
  const metrics = new Metrics(context)
  const methods = methodTable(hubMethods(context, metrics))
  const certificates = new Certificates(tlsFiles(config.listen.tls, options.data))
  const budgets = budgetsOf(core, notes)
  if (typeFault !== undefined) notes.add(typeFault)
  const parts = { core, report, observers, shelves, methods, notes, certificates, budgets }
  const faces = facesOf(parts)
  const openObservers = new OpenObservers(observedHub(core, observers, report, diffs))
  const lifecycle = new Lifecycle(stagesOf({ ...parts, faces, openObservers }))
  const configure = (given: ConfigurationControl) => {
    control = given
  }
  return { ...parts, faces, openObservers, lifecycle, configure }
}
