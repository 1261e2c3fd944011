import { ADMIN } from '../../access/index.js'
import { NamedStreams } from '../../bus/streams/named-streams.js'
import type { DeviceQueues } from '../../devices/device-queues.js'
import type { Hosts } from '../../hosts/hosts.js'
import { diskOf } from '../../methods/disk.js'
import type { MethodTable } from '../../methods/method.js'
import { CallHome } from '../../protocols/transport/call-home.js'
import { Hooks } from '../../protocols/webhook/hooks.js'
import type { HubMetrics } from '../../sinks/sink.js'
import type { MethodCalls } from '../../sources/method-calls.js'
import { SourceRunner } from '../../sources/runner.js'
import type { SourceHost } from '../../sources/source.js'
import { nameOf } from '../cluster/hub-cluster.js'
import { hostsOf } from '../parts/hosts.js'
import { methodCalls } from '../parts/method-calls.js'
import { pushesOf } from '../parts/pushes.js'
import { type Rules, rulesOf } from '../parts/rules.js'
import { type Sinks, sinksOf } from '../parts/sinks.js'
import { type MeetingPlaces, sourceHost } from '../parts/source-host.js'
import { sourceInfo } from '../parts/source-info.js'
import { Supervisor } from '../parts/supervisor.js'
import { Watchdog } from '../process/watchdog.js'
import { HubHistory, historyReading } from '../reports/history.js'
import { partReadings } from '../reports/part-readings.js'
import { Trends } from '../reports/trends.js'
import { ForwardedCheck } from '../storage/forwarded-check.js'
import { RoomMaker } from '../storage/forwarded-room.js'
import { resolver } from '../storage/open-storage.js'
import { RetentionKeeper, reportedCompaction, retentionOf } from '../storage/retention.js'
import type { HubCore } from './core.js'
import type { Observers } from './observers.js'
import type { Report } from './own-events.js'

/** Everything that the hub runs besides its faces. */
export interface Shelves {
  readonly sources: SourceRunner[]
  readonly sourceHost: SourceHost
  readonly places: MeetingPlaces
  readonly sinks: Sinks
  readonly rules: Rules
  /** The hosts of which it has heard. */
  readonly hosts: Hosts
  /** The changes that wait for network devices. */
  readonly pushes: DeviceQueues
  readonly streams: NamedStreams
  readonly retention: RetentionKeeper
  /** Makes room on a full disk. */
  readonly room: RoomMaker
  readonly supervisor: Supervisor
  readonly watchdog: Watchdog
  readonly history: HubHistory
  readonly trends: Trends
}

/** The things that parts of the hub use and that are made after them. */
export interface MadeLater {
  /** Reads the metrics of the hub, for sinks. */
  metrics(): Promise<HubMetrics>
  methods(): MethodTable
}

export function shelvesOf(
  core: HubCore,
  observers: Observers,
  report: Report,
  { metrics, methods }: MadeLater,
): Shelves {
  const { bus, access, jobs, state, types, log, clock, cluster, options } = core
  const { config, runtime } = options
  const retention = new RetentionKeeper(
    { compact: reportedCompaction(bus, observers.reporting.progress), emit: report },
    runtime,
    retentionOf(config),
    clock,
  )
  retention.whenFull = config.log.retention.whenFull
  const parts = { bus, access, jobs, runtime, state, report }
  const isPrimary = () => cluster?.isOnDuty ?? true
  const rules = rulesOf({ ...parts, types: resolver(types, log), isPrimary }, config)
  const sinks = sinksOf({ ...parts, types, metrics }, rules.sinksFor(config))
  const inputs = sourcesOf(core, methodCalls({ bus, access, report, methods }))
  const sources = () => inputs.sources.map((source) => sourceInfo(source.status()))
  return {
    ...inputs,
    rules,
    pushes: pushesOf(core, observers, report, isPrimary),
    hosts: hostsOf({ bus, state, types, config, runtime, report, isPrimary }),
    retention,
    room: roomMaker(core, retention, inputs.sources),
    sinks,
    streams: new NamedStreams(config.streams),
    supervisor: new Supervisor(runtime, report),
    watchdog: Watchdog.ofProcess(runtime, config.process.watch),
    history: new HubHistory(runtime, () => historyReading(bus)),
    trends: new Trends(runtime, () => partReadings({ bus, sources, sinks })),
  }
}

function roomMaker(core: HubCore, retention: RetentionKeeper, sources: readonly SourceRunner[]): RoomMaker {
  const { bus, log, types, access, hubLog, options } = core
  return new RoomMaker({
    ...{ bus, log, runtime: options.runtime },
    check: new ForwardedCheck(bus, resolver(types, log), access.principal(ADMIN).name),
    upstreams: () => sources.flatMap(({ definition }) => definition.forwarded ?? []),
    disk: () => diskOf(options.data),
    compact: (policy) => retention.compact(policy, 'full'),
    warn: (text) => hubLog.write('warn', text),
    whenFull: () => retention.whenFull,
  })
}

function sourcesOf({ bus, hubLog, state, access, cluster, options }: HubCore, calls: MethodCalls) {
  const { config, runtime } = options
  const member = cluster && {
    name: nameOf(config),
    log: cluster.stream,
    isPrimary: () => cluster.isOnDuty,
    primary: () => cluster.primary,
  }
  const sources: SourceRunner[] = []
  const hooks = new Hooks((name) => sources.some((source) => source.name === name))
  const places = { hooks, callHome: new CallHome() }
  const host = sourceHost(bus, hubLog, state, runtime, places, access.principal(ADMIN), calls, member)
  sources.push(...options.sources.map((definition) => new SourceRunner(definition, host)))
  return { sources, sourceHost: host, places }
}
