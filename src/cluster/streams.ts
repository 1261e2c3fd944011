import { type LogStreamOptions, logStreamConfig } from '../log/jetstream/log-stream.js'
import { Subjects } from '../log/jetstream/subjects.js'
import { SHARED_BUCKETS } from '../state/index.js'
import { bucketStream, bucketSubject } from '../state/jetstream/bucket-keys.js'
import { bucketConfig } from '../state/jetstream/bucket-stream.js'
import type { NatsConfig } from '../storage/nats/config.js'
import type { JetStreamApi, StreamConfig } from '../storage/nats/jetstream-api.js'
import { toNatsError } from '../storage/nats/nats-error.js'
import { NatsFault } from '../storage/nats/nats-fault.js'
import { differenceOf } from '../storage/nats/stream-config.js'
import type { ClusterConfig } from './config.js'
import { leaseBucketConfig } from './lease-bucket.js'
import { membersConfig } from './members.js'

/** A stream that the hubs of a cluster need. */
export interface ClusterStream {
  config: StreamConfig
  /** The purpose of the stream. */
  holds: string
}

/** The action on a stream, done or proposed. */
export interface StreamReport {
  stream: string
  holds: string
  replicas: number
  result: 'kept' | 'created' | 'changed' | 'unsuitable'
  /** The change, or the problem. */
  details?: string
}

/** Every stream of a cluster that is configured like this. */
export function clusterStreams(nats: NatsConfig, { ttl }: Pick<ClusterConfig, 'ttl'>): ClusterStream[] {
  const { stream: name, prefix, replicas, window } = nats
  const log: LogStreamOptions = { name, subjects: new Subjects(prefix), replicas, window }
  const buckets = SHARED_BUCKETS.map((bucket) => {
    const names = { stream: bucketStream(prefix, bucket), subject: bucketSubject(prefix, bucket) }
    return { config: bucketConfig({ ...names, replicas, maxAge: undefined }), holds: `state: ${bucket}` }
  })
  return [
    { config: logStreamConfig(log), holds: 'the log' },
    { config: leaseBucketConfig({ prefix, replicas, ttl }), holds: 'which hub is the primary' },
    { config: membersConfig({ prefix, replicas }), holds: 'which hubs are alive' },
    ...buckets,
  ]
}

/** Creates a stream, or gives it the configured number of replicas. Its other settings are only checked. */
export async function prepareStream(
  api: JetStreamApi,
  { config: wanted, holds }: ClusterStream,
  isDry: boolean,
): Promise<StreamReport> {
  const report = { stream: wanted.name, holds, replicas: wanted.num_replicas }
  try {
    const found = (await api.find(wanted.name))?.config
    if (found === undefined) {
      const created = isDry ? wanted : (await api.create(wanted)).config
      return { ...report, ...judged(created, wanted, 'created') }
    }
    if (found.num_replicas === wanted.num_replicas) return { ...report, ...judged(found, wanted, 'kept') }
    const raised = { ...found, num_replicas: wanted.num_replicas }
    const changed = isDry ? raised : (await api.update(raised)).config
    const details = `it had ${found.num_replicas === 1 ? '1 replica' : `${found.num_replicas} replicas`}`
    return { ...report, details, ...judged(changed, wanted, 'changed') }
  } catch (thrown) {
    if (!NatsFault.is(thrown) || thrown.kind !== 'refused') throw thrown
    return { ...report, result: 'unsuitable', details: toNatsError(thrown).message }
  }
}

/** A server may have dropped or changed what it was given, so that only what it returns counts. */
function judged(
  found: StreamConfig,
  wanted: StreamConfig,
  result: StreamReport['result'],
): Pick<StreamReport, 'replicas' | 'result' | 'details'> {
  const { num_replicas: replicas } = found
  const details = differenceOf(found, wanted, ['num_replicas'])
  return details === undefined ? { replicas, result } : { replicas, result: 'unsuitable', details }
}
