import { clusterConfig } from '../../cluster/config.js'
import type { ClaimProblem } from '../../config/claims.js'
import { jetstreamEngine } from '../../log/jetstream/engine.js'
import { natsConfig } from '../../storage/nats/config.js'

const ENGINE = jetstreamEngine.name

/** Connections to other servers are made once. */
const ONCE_CONNECTED = { effect: 'restart' } as const

/** Keys for hubs that share a log. */
export const clusterKeys = {
  nats: natsConfig
    .optional()
    .describe(`Servers of NATS that keep the log, with \`log.engine: ${ENGINE}\`.`)
    .meta(ONCE_CONNECTED),
  cluster: clusterConfig
    .optional()
    .describe(`This hub among those with the same log, with \`log.engine: ${ENGINE}\`.`)
    .meta(ONCE_CONNECTED),
}

interface ClusterSections {
  log: { engine: string }
  nats?: unknown
  cluster?: unknown
}

/** Sections without an effect would be taken for a cluster that works. */
export function clusterProblems({ log, nats, cluster }: ClusterSections): ClaimProblem[] {
  if (log.engine === ENGINE) return []
  const message = `is only for \`log.engine: ${ENGINE}\`, and the engine is \`${log.engine}\``
  return Object.entries({ nats, cluster })
    .filter(([, section]) => section !== undefined)
    .map(([key]) => ({ path: [key], message }))
}
