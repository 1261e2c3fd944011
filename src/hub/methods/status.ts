import { statfs } from 'node:fs/promises'
import { z } from 'zod'
import type { HubStatus, SctpAssociationInfo, SourceInfo, TypeInfo } from '../../bus/method-types.js'
import type { LogMethodContext } from '../../bus/methods/log.js'
import { logInfo } from '../../bus/methods/log.js'
import { type Method, method } from '../../bus/methods.js'
import { TocsinError } from '../../event/errors.js'
import type { SourceStatus } from '../../sources/source.js'
import type { TypeRegistry } from '../../types/index.js'
import { version } from '../version.js'

const SCTP = 'sctp/'

/** What the hub knows of itself beside the bus. */
export interface StatusContext extends LogMethodContext {
  name: string
  types: TypeRegistry
  /** µs since the epoch */
  started: number
  config: string | undefined
  data: string | undefined
  listeners(): HubStatus['listeners']
  /** Publishes on Salt's sockets that could not be taken, since the start. */
  dropped(): { source: string; code: string; count: number }[]
  sources(): SourceStatus[]
  /** Of the sources `sctp/<name>`. */
  associations(): SctpAssociationInfo[]
}

export function statusMethods(context: StatusContext): Method[] {
  return [
    method({
      name: 'hub.status',
      summary: 'The state of the hub, its log, sources and subscribers.',
      right: 'admin',
      params: z.object({}),
      run: () => hubStatus(context),
    }),
    method({
      name: 'sources.list',
      summary: 'The sources of host events and their state.',
      right: 'admin',
      params: z.object({}),
      run: async () => ({ sources: context.sources().map(describeSource) }),
    }),
    method({
      name: 'sctp.associations',
      summary: 'The SCTP associations of the sources that watch some, and those that ended last.',
      right: 'admin',
      params: z.object({ source: z.string().max(255).optional() }),
      run: async (_call, { source }) => ({ associations: associationsOf(context, source) }),
    }),
    method({
      name: 'types.list',
      summary: 'The registered event types with their tags and JSON Schema.',
      right: 'see',
      params: z.object({}),
      run: async () => ({ types: describeTypes(context.types) }),
    }),
  ]
}

async function hubStatus(context: StatusContext): Promise<HubStatus> {
  const { bus } = context
  const { rss, heapUsed, external } = process.memoryUsage()
  const subscriptions = [...bus.subscriptions]
  const sources = context.sources()
  return {
    name: context.name,
    version,
    node: process.version,
    pid: process.pid,
    started: context.started,
    now: bus.now(),
    config: context.config,
    data: context.data,
    listeners: context.listeners(),
    events: { ...bus.counters(), lost: sources.reduce((sum, source) => sum + source.lost, 0) },
    subscribers: subscriptions.length,
    behind: subscriptions.filter((subscription) => subscription.state !== 'live').length,
    // Every connection may publish; these have.
    publishers: [...bus.publishers].filter(({ accepted, refused }) => accepted + refused > 0).length,
    consumers: bus.consumers.size,
    parked: bus.consumers.parkedCount,
    memory: { rss, heapUsed, external },
    disk: await disk(context.data),
    log: await logInfo(context),
    sources: sources.map(describeSource),
  }
}

async function disk(folder: string | undefined): Promise<HubStatus['disk']> {
  if (folder === undefined) return undefined
  const { bavail, blocks, bsize } = await statfs(folder)
  return { free: bavail * bsize, total: blocks * bsize }
}

function describeSource({ health, state, ...source }: SourceStatus): SourceInfo {
  const shown = state === 'starting' || state === 'stopped' ? 'down' : state
  return {
    ...source,
    state: shown === 'up' && health?.state === 'degraded' ? 'degraded' : shown,
    details: health?.details ?? {},
  }
}

function associationsOf(context: StatusContext, source: string | undefined): SctpAssociationInfo[] {
  if (source === undefined) return context.associations()
  const names = context
    .sources()
    .filter(({ name }) => name.startsWith(SCTP))
    .map(({ name }) => name.slice(SCTP.length))
  if (!names.includes(source)) {
    const why =
      names.length === 0
        ? 'the hub has no source of SCTP'
        : `no source of SCTP has this name; there are ${names.join(', ')}`
    throw new TocsinError('TCN_METHOD_PARAMS', `sctp.associations: params.source: ${why}`)
  }
  return context.associations().filter((each) => each.source === source)
}

function describeTypes(types: TypeRegistry): TypeInfo[] {
  return types.list().map(({ type, tags, summary, schema, correlation }) => ({
    type,
    tags: [...tags],
    summary,
    schema: schema as TypeInfo['schema'],
    correlation: correlation && [...correlation],
  }))
}
