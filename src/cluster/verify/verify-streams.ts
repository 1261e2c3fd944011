import type { Runtime } from '../../event/runtime.js'
import type { NatsConfig } from '../../storage/nats/config.js'
import { type OpenLink, openNatsLink } from '../../storage/nats/open-link.js'
import type { ClusterConfig } from '../config.js'
import { clusterStreams } from '../streams.js'
import { type VerifiedStream, type VerifyOptions, verifyStream } from './verify-stream.js'

export interface VerifyStreamsOptions extends Pick<VerifyOptions, 'signal' | 'progress'> {
  nats: NatsConfig
  cluster: Pick<ClusterConfig, 'ttl'>
  runtime: Runtime
  openLink?: OpenLink
}

/** Compares what the servers have of each stream of the cluster, that of the log first, through a connection of its own. */
export async function verifyStreams(options: VerifyStreamsOptions): Promise<VerifiedStream[]> {
  const { nats, cluster, runtime, openLink = openNatsLink, signal, progress } = options
  const link = await openLink(nats, runtime)
  try {
    const found: VerifiedStream[] = []
    for (const stream of clusterStreams(nats, cluster))
      found.push(await verifyStream(stream, { link, signal, progress }))
    return found
  } finally {
    await link.close()
  }
}
