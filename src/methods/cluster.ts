import { z } from 'zod'
import type { HubReply } from '../cluster/hub-questions.js'
import type { VerifiedStream, VerifyOptions } from '../cluster/verify/verify-stream.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { faultOf, type OtherHubs, unreadable } from './across-hubs.js'
import { clusterProblems } from './cluster-problems.js'
import { verdictOf } from './cluster-verdict.js'
import type {
  ClusterOverview,
  ClusterReport,
  ClusterStatus,
  ClusterVerifyPart,
  ClusterVerifyReport,
  HubStatus,
  HubView,
  StepDownReport,
} from './contract/index.js'
import { type Call, type Method, method } from './method.js'
import * as results from './results/cluster.js'
import { clusterOverview } from './results/overview.js'

/** This hub as one of those that share a log. */
export interface ClusterControl extends OtherHubs {
  status(): ClusterStatus
  /** Asks the servers of the log too. */
  report(): Promise<ClusterReport>
  /** Rejects with TCN_CLUSTER_ALONE or TCN_CLUSTER_NO_PRIMARY. */
  stepDown(): Promise<StepDownReport>
  /** Compares what the servers of NATS have of each stream, that of the log first. */
  verify(options: Pick<VerifyOptions, 'signal' | 'progress'>): Promise<VerifiedStream[]>
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
      result: results.clusterReport,
      run: async () => clusterOf(context).report(),
    }),
    method({
      name: 'cluster.overview',
      summary: 'Asks all hubs that share the log and the servers of NATS, and says what is wrong.',
      right: 'monitor',
      params: z.object({}),
      result: clusterOverview,
      run: (call) => overview(clusterOf(context), call, hubStatus),
    }),
    method({
      name: 'cluster.stepDown',
      summary: 'Lets another hub be the primary, and returns which one it is then.',
      notes: 'Any hub may be asked. Ends when another hub is the primary.',
      right: 'admin',
      params: z.object({}),
      result: results.stepDownReport,
      run: async () => clusterOf(context).stepDown(),
      changes: (_params, report) => ({ ...report }),
    }),
    method({
      name: 'cluster.verify',
      summary:
        'Compares what the servers of NATS have of each stream, and with what the hubs have delivered.',
      notes: 'Sends its progress occasionally.',
      right: 'admin',
      isLong: true,
      params: z.object({}),
      result: results.clusterVerifyReport,
      part: results.clusterVerifyPart,
      run: async (call) => verify(clusterOf(context), call, hubStatus),
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
  const [report, hubs] = await Promise.all([cluster.report(), viewsOf(cluster, principal, hubStatus)])
  const { now } = hubs.find(({ hub }) => hub === cluster.name)!.status!
  return { cluster: report, hubs, problems: clusterProblems(report, hubs, now) }
}

async function verify(
  cluster: ClusterControl,
  { principal, signal, part }: Call,
  hubStatus: () => Promise<HubStatus>,
): Promise<ClusterVerifyReport> {
  // A hub has delivered only what was stored before, so that it is asked first.
  const hubs = await viewsOf(cluster, principal, hubStatus)
  const streams = await cluster.verify({
    signal,
    progress: (stream, compared, total) => part({ stream, compared, total } satisfies ClusterVerifyPart),
  })
  return verdictOf(streams, hubs)
}

/** All hubs, by name. */
async function viewsOf(
  cluster: ClusterControl,
  { name: principal }: Call['principal'],
  hubStatus: () => Promise<HubStatus>,
): Promise<HubView[]> {
  const [status, replies] = await Promise.all([
    hubStatus(),
    cluster.ask({ method: 'hub.status', params: {}, principal }),
  ])
  const hubs = [{ hub: cluster.name, status }, ...replies.map(viewOf)]
  return hubs.sort((one, other) => (one.hub < other.hub ? -1 : 1))
}

/** The needed part of the status of another hub, which may be of another version. */
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
