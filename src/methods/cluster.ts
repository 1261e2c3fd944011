import { z } from 'zod'
import type { HubReply } from '../cluster/hub-questions.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { faultOf, type OtherHubs, unreadable } from './across-hubs.js'
import { clusterProblems } from './cluster-problems.js'
import type {
  ClusterOverview,
  ClusterReport,
  ClusterStatus,
  HubStatus,
  HubView,
  StepDownReport,
} from './contract/index.js'
import { type Call, type Method, method } from './method.js'

/** This hub as one of those that share a log. */
export interface ClusterControl extends OtherHubs {
  status(): ClusterStatus
  /** Asks the servers of the log too. */
  report(): Promise<ClusterReport>
  /** Rejects with TCN_CLUSTER_ALONE or TCN_CLUSTER_NO_PRIMARY. */
  stepDown(): Promise<StepDownReport>
}

export interface ClusterMethodContext {
  /** Undefined for a hub with a log of its own. */
  cluster: ClusterControl | undefined
}

/** `hubStatus`: the state of this hub. */
export function clusterMethods(context: ClusterMethodContext, hubStatus: () => Promise<HubStatus>): Method[] {
  return [
    method({
      name: 'cluster.status',
      summary: 'Returns the hubs that share the log, which of them is the primary, and the servers of NATS.',
      right: 'monitor',
      params: z.object({}),
      run: async () => clusterOf(context).report(),
    }),
    method({
      name: 'cluster.overview',
      summary: 'Asks all hubs that share the log and the servers of NATS, and says what is wrong.',
      right: 'monitor',
      params: z.object({}),
      run: (call) => overview(clusterOf(context), call, hubStatus),
    }),
    method({
      name: 'cluster.stepDown',
      summary: 'Lets another hub be the primary, and returns which one it is then.',
      right: 'admin',
      params: z.object({}),
      run: async () => clusterOf(context).stepDown(),
      changes: (_params, report) => ({ ...report }),
    }),
  ]
}

function clusterOf({ cluster }: ClusterMethodContext): ClusterControl {
  if (cluster === undefined) throw new TocsinError('TCN_CLUSTER_NONE')
  return cluster
}

async function overview(
  cluster: ClusterControl,
  { principal }: Call,
  hubStatus: () => Promise<HubStatus>,
): Promise<ClusterOverview> {
  const [report, status, replies] = await Promise.all([
    cluster.report(),
    hubStatus(),
    cluster.ask({ method: 'hub.status', params: {}, principal: principal.name }),
  ])
  const hubs = [{ hub: cluster.name, status }, ...replies.map(viewOf)]
  hubs.sort((one, other) => (one.hub < other.hub ? -1 : 1))
  return { cluster: report, hubs, problems: clusterProblems(report, hubs, status.now) }
}

/** What is needed of another hub, which may be of another version. */
const statusShape = z.looseObject({
  name: z.string(),
  version: z.string(),
  now: z.number(),
  started: z.number(),
})

function viewOf({ hub, asked, answered, result, error }: HubReply): HubView {
  if (error !== undefined) return { hub, ...faultOf(error) }
  const read = statusShape.safeParse(result)
  if (!read.success) return { hub, ...faultOf(unreadable(hub, read.error)) }
  const { now } = read.data
  const clock = now > answered ? now - answered : Math.min(0, now - asked)
  return { hub, status: read.data as unknown as HubStatus, clock }
}
