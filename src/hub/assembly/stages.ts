import type { Cancel } from '../../event/runtime.js'
import type { Budgets } from '../../faces/shared/budget.js'
import type { MethodTable } from '../../methods/method.js'
import { nameOf } from '../cluster/hub-cluster.js'
import { writeDebugLines } from '../own-log/debug-lines.js'
import type { OpenFaces } from '../parts/faces.js'
import type { OpenObservers } from '../parts/observers.js'
import { CONNECTION_BYTES, IdleCollector, SOURCE_BYTES } from '../process/idle-collector.js'
import { crashOf } from '../reports/crash.js'
import { version } from '../version.js'
import type { HubCore } from './core.js'
import type { Shelf } from './lifecycle.js'
import type { Observers } from './observers.js'
import type { Report } from './own-events.js'
import type { Shelves } from './shelves.js'
import type { StartNotes } from './start-notes.js'

const FORGET_EVERY_MS = 60_000

export interface StageParts {
  readonly core: HubCore
  readonly observers: Observers
  readonly shelves: Shelves
  readonly methods: MethodTable
  readonly budgets: Budgets
  readonly report: Report
  readonly notes: StartNotes
  readonly faces: OpenFaces
  readonly openObservers: OpenObservers
}

/** Returns everything that a hub runs, in the order of its start. It stops in the reverse order. */
export function stagesOf(parts: StageParts): Shelf[][] {
  const { core, shelves, faces, openObservers } = parts
  const { access, jobs, state, log, cluster } = core
  const { sources, sinks, rules, hosts, pushes, supervisor, watchdog, history, trends } = shelves
  return [
    [{ stop: () => state.close() }],
    [edgesShelf(parts)],
    [{ stop: () => cluster?.stop() ?? log.close() }],
    [{ stop: () => access.close() }],
    [{ stop: () => faces.close(), samples: () => faces.samples() }],
    [presence(parts)],
    // Faces answer what observers still hold up.
    [{ stop: () => faces.drain() }, { stop: () => openObservers.stop() }],
    [clusterShelf(parts), { start: () => jobs.start() }],
    [retentionShelf(parts)],
    [idleCollector(parts), watchdog, supervisor, history, trends, debugLines(core)],
    [sourcesShelf(sources), sinks, { stop: () => jobs.stop() }],
    [rules, hosts, pushes],
    [{ stop: () => cluster?.leave() }],
  ]
}

/** Reports that the hub has started, and that it stops. */
function presence({ core, notes, report }: StageParts): Shelf {
  const { bus, damage, log, lastTime, options } = core
  const { config, runtime } = options
  const { epoch } = bus
  const crash = crashOf(log, lastTime)
  return {
    start() {
      notes.start()
      bus.emit({ tag: 'hub/started', data: { name: nameOf(config), version, pid: process.pid, epoch } })
      if (crash !== undefined) report(crash)
      // Not in the middle of the read that has met the damage.
      damage.announce((event) => runtime.soon(() => bus.closing || bus.emit(event)))
    },
    async stop(reason) {
      bus.emit({ tag: 'hub/stopping', data: { reason } })
      await bus.close()
    },
  }
}

function clusterShelf({ core, observers, methods, report }: StageParts): Shelf {
  const { cluster, bus, access } = core
  return {
    start: () => {
      const { audit, edges, ha } = observers
      cluster?.start({ bus, access, methods, report, audit, edges }, ha)
    },
    samples: () => cluster?.samples() ?? [],
  }
}

function retentionShelf({ core, shelves: { retention, room } }: StageParts): Shelf {
  const { cluster } = core
  return {
    start() {
      const counting = cluster?.shareRetention(() => retention.policy)
      retention.start(() => cluster?.isOnDuty ?? true, counting)
      room.start()
    },
    async stop() {
      await room.stop()
      await retention.stop()
    },
  }
}

function idleCollector({ core, budgets, shelves: { sources } }: StageParts): Shelf {
  const { bus, options } = core
  const starts = () => sources.reduce((sum, source) => sum + source.starts, 0)
  const used = () =>
    bus.storedBytes + bus.readBytes + budgets.acceptedConnections * CONNECTION_BYTES + starts() * SOURCE_BYTES
  return new IdleCollector(options.runtime, used, options.config.process.memory)
}

function debugLines({ hubLog }: HubCore): Shelf {
  let end = () => {}
  return {
    start() {
      end = writeDebugLines(hubLog)
    },
    stop: () => end(),
  }
}

/** Its records are written until the end of all connections, and before the state is closed. */
function edgesShelf({ core, observers: { edges } }: StageParts): Shelf {
  const { clock, options } = core
  const { runtime } = options
  let cancel: Cancel | undefined
  const forgetOld = () => {
    edges.forgetOld(clock.believedTime())
    cancel = runtime.after(FORGET_EVERY_MS, forgetOld)
  }
  return {
    start() {
      cancel = runtime.after(FORGET_EVERY_MS, forgetOld)
    },
    stop() {
      cancel?.()
      return edges.stop()
    },
    samples: () => edges.samples(),
  }
}

function sourcesShelf(sources: Shelves['sources']): Shelf {
  return {
    start() {
      for (const source of sources) source.start()
    },
    stop: () => Promise.all(sources.map((source) => source.stop())),
    *samples() {
      for (const source of sources) yield* source.samples()
    },
  }
}
