import { RequestPublisher } from '../../bus/request-publisher.js'
import type { Runtime } from '../../event/runtime.js'
import type { TraceContext } from '../../event/trace-context.js'
import type { Retention } from '../../log/event-log.js'
import { headlines } from '../../methods/headline/look.js'
import { ViewStore } from '../../methods/view-store.js'
import type { OpenDiffs } from '../../observers/open-diffs.js'
import { firingAlerts } from '../../rules/alerts/firing.js'
import { nameOf } from '../cluster/hub-cluster.js'
import { configurationOf } from '../config/access.js'
import type { ConfigurationControl } from '../config/control.js'
import type { OpenFaces } from '../parts/faces.js'
import type { HubMethodContext } from '../parts/methods.js'
import { sourceInfo } from '../parts/source-info.js'
import { resolver } from '../storage/open-storage.js'
import { version } from '../version.js'
import type { HubCore } from './core.js'
import type { Lifecycle } from './lifecycle.js'
import type { Observers } from './observers.js'
import type { Shelves } from './shelves.js'

/** Things that methods share with faces, or that are made after the methods, which ask for them when they are called. */
export interface PartsToCome {
  readonly diffs: OpenDiffs
  readonly faces: () => OpenFaces
  readonly lifecycle: () => Lifecycle
  readonly control: () => ConfigurationControl
}

/** Returns what the management methods know of a hub. */
export function methodContext(
  core: HubCore,
  observers: Observers,
  shelves: Shelves,
  later: PartsToCome,
): HubMethodContext {
  const { bus, access, jobs, types, log, state, damage, cluster, options } = core
  const { config, runtime, data } = options
  const { sources, sinks, rules, hosts, pushes, streams } = shelves
  const context: Omit<HubMethodContext, 'headline'> = {
    ...{ bus, runtime, access, jobs, types, data, streams, sinks, rules, hosts, pushes, cluster },
    ...resolver(types, log),
    ...configurationMethods(runtime, later),
    authorize: access.authorize,
    name: nameOf(config),
    version,
    started: runtime.now(),
    config: () => options.configFile?.(),
    faults: () => shelves.supervisor.faults,
    damage: () => damage.texts,
    ...storageMethods(shelves),
    listeners: () => later.faces().listeners,
    edges: observers.edges,
    labelsOf: (name) => hosts.labelsOf(name),
    seenBy: (principal) => access.seenBy(principal),
    sources: () => sources.map((source) => sourceInfo(source.status())),
    inspect: (name) => sources.find((source) => source.name === name)?.inspect() ?? [],
    loop: () => shelves.watchdog.info,
    history: (since) => shelves.history.since(since),
    trends: (kind, limit) => shelves.trends.of(kind, limit),
    samples: () => later.lifecycle().samples(),
    diffs: later.diffs,
    publisher: (principal, refused) => new RequestPublisher({ bus, runtime, principal, refused }),
    views: new ViewStore(state.bucket('views'), runtime, (name) => access.find(name) !== undefined),
    progress: observers.reporting.progress,
  }
  const firing = () => firingAlerts(rules, runtime.now())
  return { ...context, headline: headlines({ ...context, firing }) }
}

function storageMethods({ retention, room }: Shelves) {
  return {
    retention: () => retention,
    held: () => room.held,
    compact: (policy: Retention, parent?: TraceContext) => retention.compact(policy, 'manual', parent),
  }
}

function configurationMethods(runtime: Runtime, { control }: PartsToCome) {
  return {
    reload: () => control().reload(),
    reloadHub: (trace?: TraceContext) => control().reloadHub(trace),
    configuration: () => configurationOf(runtime, control().commits),
  }
}
