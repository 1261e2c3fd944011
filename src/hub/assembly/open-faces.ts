import { Budgets } from '../../faces/shared/budget.js'
import type { MethodTable } from '../../methods/method.js'
import { nameOf } from '../cluster/hub-cluster.js'
import { maxFrameOf, OpenFaces } from '../parts/faces.js'
import { fewFiles, filesForConnections } from '../process/open-files.js'
import { Refusals } from '../reports/refusals.js'
import type { Certificates } from '../tls.js'
import { version } from '../version.js'
import type { HubCore } from './core.js'
import type { Observers } from './observers.js'
import type { Report } from './own-events.js'
import type { Shelves } from './shelves.js'
import type { StartNotes } from './start-notes.js'

export interface FaceParts {
  readonly core: HubCore
  readonly observers: Observers
  readonly shelves: Shelves
  readonly methods: MethodTable
  readonly certificates: Certificates
  readonly budgets: Budgets
  readonly report: Report
  readonly notes: StartNotes
}

/** Returns the limits that all faces share, and notes if the hub may open too few files for them. */
export function budgetsOf({ options }: HubCore, notes: StartNotes): Budgets {
  const { limits } = options.config
  const budgets = new Budgets(limits, {}, filesForConnections(options.openFiles))
  for (const note of fewFiles(options.openFiles, budgets.maxConnections, limits.connections)) notes.add(note)
  return budgets
}

/** Returns the faces of a hub, none of which is open yet. */
export function facesOf(parts: FaceParts): OpenFaces {
  const { core, observers, shelves, methods, certificates, budgets, report, notes } = parts
  const { bus, access, jobs, types, state, log, options } = core
  const { config, runtime } = options
  const { audit, sessions, edges, reporting } = observers
  const refusals = new Refusals(report, runtime)
  return new OpenFaces({
    ...{ runtime, bus, access, methods, types, state, sessions, budgets },
    publish: report,
    parts: { jobs, edges, streams: shelves.streams, ...shelves.places },
    hub: { name: nameOf(config), version },
    maxFrame: maxFrameOf(config, log),
    certificate: (own) => certificates.listen(own),
    reports: {
      refused: (error, peer) => refusals.add(error, peer),
      called: (outcome, face) => audit.called(outcome, face),
      work: reporting,
    },
    note: (text) => notes.add(text),
  })
}
