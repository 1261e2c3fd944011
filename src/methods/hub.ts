import { z } from 'zod'
import type { TraceContext } from '../event/trace-context.js'
import type { EventType, TypeRegistry } from '../types/index.js'
import type { MetricSample } from '../types/metric.js'
import { ofHub } from './across-hubs.js'
import type { ClusterControl } from './cluster.js'
import type {
  CgroupInfo,
  Headline,
  HistorySample,
  HubReloadReport,
  HubStatus,
  LoopInfo,
  PartTrends,
  SourceInfo,
  TypeInfo,
} from './contract/index.js'
import { diskOf } from './disk.js'
import type { Edges } from './edges.js'
import { type LogMethodContext, logInfo } from './log.js'
import { type Call, type Method, method } from './method.js'
import { nextTurn } from './query.js'
import { headline } from './results/headline.js'
import * as results from './results/hub.js'
import type { RulesControl } from './rules.js'
import type { SinksControl } from './sinks.js'

/** Time in which schemas are made before others have their turn, ms. */
const SCHEMAS_MS = 2

/** Parts of a hub whose past it keeps. */
export const trendKinds = ['subscribers', 'consumers', 'sources', 'sinks'] as const
export type TrendKind = (typeof trendKinds)[number]
const MAX_TRENDS = 250

/** State of the hub apart from the bus. */
export interface StatusContext extends LogMethodContext {
  name: string
  version: string
  types: TypeRegistry
  /** µs since the epoch */
  started: number
  /** Returns the configuration file in force. */
  config(): string | undefined
  data: string | undefined
  /** Reads event types and configuration again. */
  reloadHub(trace?: TraceContext): Promise<HubReloadReport>
  /** Returns the faults that its parts have thrown. */
  faults(): NonNullable<HubStatus['faults']>
  /** Returns the damage that was found in the data folder. */
  damage(): string[]
  listeners(): HubStatus['listeners']
  sources(): SourceInfo[]
  /** The hubs that forward their events to this one. */
  edges: Pick<Edges, 'list' | 'counts'>
  sinks: Pick<SinksControl, 'list'>
  jobs: { readonly cgroups: CgroupInfo | undefined }
  rules: Pick<RulesControl, 'list'>
  /** Returns the samples of the hub after this time in µs. */
  history(since: number): HistorySample[]
  /** Returns how the parts of a kind were in the last hour; `limit`: the most parts. */
  trends(kind: TrendKind, limit: number): PartTrends
  /** Stalls of the event loop. */
  loop(): LoopInfo
  /** Returns what is wrong in the hub, as one sentence. */
  headline(): Promise<Headline>
  /** The hubs with the same log, if there can be several. */
  cluster: Pick<ClusterControl, 'status' | 'name' | 'ask'> | undefined
  /** Metrics that faces and sources measure themselves. */
  samples(): Iterable<MetricSample>
}

export function statusMethods(context: StatusContext): Method[] {
  return [
    ofHub(
      context,
      method({
        name: 'hub.status',
        summary: 'Returns the state of a hub, its log, sources and subscribers.',
        right: 'monitor',
        params: z.object({}),
        result: results.hubStatus,
        run: () => hubStatus(context),
      }),
    ),
    ofHub(
      context,
      method({
        name: 'hub.health',
        summary: 'Says in one sentence all that is wrong in a hub, and since when.',
        notes:
          'It costs little, so pages may ask every few seconds: within two seconds all callers get the same answer.',
        right: 'monitor',
        params: z.object({}),
        result: headline,
        run: () => context.headline(),
      }),
    ),
    ofHub(
      context,
      method({
        name: 'hub.history',
        summary: 'Returns rates, latency and memory of the last hour, one sample every ten seconds.',
        right: 'monitor',
        params: z.object({
          since: z.number().min(0).default(0).describe('Only what came after this time, µs since the epoch.'),
        }),
        result: results.history,
        run: async (_call, { since }) => ({ samples: context.history(since) }),
      }),
    ),
    ofHub(
      context,
      method({
        name: 'hub.trends',
        summary: 'Returns how far parts of a hub were behind in the last hour, with their rates and errors.',
        notes: 'There is one sample every 30 seconds, of at most 250 parts of each kind.',
        right: 'monitor',
        params: z.object({
          of: z.enum(trendKinds).default('subscribers'),
          limit: z.int().min(1).max(MAX_TRENDS).default(50).describe('Most parts.'),
        }),
        result: results.partTrends,
        run: async (_call, { of, limit }) => context.trends(of, limit),
      }),
    ),
    method({
      name: 'hub.reload',
      summary: 'Reloads event types and configuration, and reports what changed and what requires a restart.',
      notes: 'Does what SIGHUP does. If a part of it fails, nothing has changed.',
      right: 'admin',
      local: true,
      params: z.object({}),
      result: results.hubReloadReport,
      isLong: true,
      run: ({ trace }) => context.reloadHub(trace),
      changes: (_params, report) => ({ ...report }),
    }),
    ofHub(
      context,
      method({
        name: 'sources.list',
        summary: 'Lists the sources and their state.',
        right: 'monitor',
        params: z.object({}),
        result: results.sources,
        run: async () => ({ sources: context.sources() }),
      }),
    ),
    method({
      name: 'types.list',
      summary: 'Lists the registered event types with their tags and JSON Schema.',
      right: ['see', 'publish'],
      params: z.object({
        schemas: z.boolean().default(true).describe('False leaves out the schemas, which are long.'),
      }),
      result: results.types,
      run: async (call, { schemas }) => ({ types: await describeTypes(context, call, schemas) }),
    }),
  ]
}

export async function hubStatus(context: StatusContext): Promise<HubStatus> {
  const { bus, runtime } = context
  const { rss, heapUsed, external } = process.memoryUsage()
  const subscriptions = [...bus.subscriptions]
  const sources = context.sources()
  return {
    name: context.name,
    version: context.version,
    node: process.version,
    pid: process.pid,
    started: context.started,
    now: runtime.now(),
    config: context.config(),
    data: context.data,
    faults: context.faults(),
    damage: context.damage(),
    listeners: context.listeners(),
    events: { ...bus.counters(), lost: sources.reduce((sum, source) => sum + source.lost, 0) },
    subscribers: subscriptions.length,
    behind: subscriptions.filter((subscription) => subscription.state !== 'live').length,
    // Every connection may publish; count only those that have.
    publishers: [...bus.publishers].filter(({ accepted, refused }) => accepted + refused > 0).length,
    consumers: bus.consumers.size,
    parked: bus.consumers.parkedCount,
    memory: { rss, heapUsed, external },
    loop: context.loop(),
    headline: await context.headline(),
    disk: await diskOf(context.data),
    log: await logInfo(context),
    cluster: context.cluster?.status(),
    sources,
    edges: context.edges.list(),
    edgeCounts: context.edges.counts(),
    sinks: context.sinks.list(),
    rules: context.rules.list(),
    jobs: jobsInfo(context.jobs.cgroups),
  }
}

function jobsInfo(cgroups: CgroupInfo | undefined): HubStatus['jobs'] {
  return cgroups && { cgroups }
}

/** Some schemas have to be made, the first time. */
async function describeTypes(context: StatusContext, call: Call, schemas: boolean): Promise<TypeInfo[]> {
  const { types, runtime } = context
  const described: TypeInfo[] = []
  let end = runtime.monotonic() + SCHEMAS_MS
  for (const type of types.list()) {
    if (runtime.monotonic() >= end) {
      await nextTurn(context, call)
      end = runtime.monotonic() + SCHEMAS_MS
    }
    described.push(describeType(type, schemas))
  }
  return described
}

function describeType(known: EventType, schemas: boolean): TypeInfo {
  const { type, tags, summary, display, correlation } = known
  return {
    type,
    tags: [...tags],
    summary,
    display,
    // It is made when it is read.
    schema: schemas ? known.schema : undefined,
    correlation: correlation && [...correlation],
  }
}
