import type { Client } from '../../client/api.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { ClusterOverview, HubStatus } from '../../methods/contract/index.js'
import type { HubChoice, HubOptions } from '../help/options.js'
import type { Io } from '../io.js'
import { call } from './connect.js'

export interface HubState {
  status: HubStatus
  /** The other hubs too, if there are some and one alone is not meant. */
  overview?: ClusterOverview
}

/** Asks how the hub is, and in a cluster how all hubs are. */
export async function askState(
  io: Io,
  client: Client,
  { hub, here, ...options }: HubOptions & HubChoice,
): Promise<HubState> {
  const status = await call(io, client, 'hub.status', hub === undefined ? {} : { hub }, options)
  if (status.cluster === undefined || here || hub !== undefined) return { status }
  const overview = await call(io, client, 'cluster.overview', {}, options).catch(unlessUnknown)
  const own = overview?.hubs.find((view) => view.hub === overview.cluster.name)?.status
  return { status: own ?? status, ...(overview && { overview }) }
}

/** A hub of an earlier version has no overview. */
function unlessUnknown(thrown: unknown): undefined {
  if (TocsinError.is(thrown) && thrown.code === 'TCN_METHOD_UNKNOWN') return undefined
  throw thrown
}
