import { z } from 'zod'
import { TocsinError } from '../errors/tocsin-error.js'
import type { ClusterReport, ClusterStatus, StepDownReport } from './contract/index.js'
import { type Method, method } from './method.js'

/** This hub as one of those that share a log. */
export interface ClusterControl {
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

export function clusterMethods(context: ClusterMethodContext): Method[] {
  return [
    method({
      name: 'cluster.status',
      summary: 'Returns the hubs that share the log, which of them is the primary, and the servers of NATS.',
      right: 'monitor',
      params: z.object({}),
      run: async () => clusterOf(context).report(),
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
