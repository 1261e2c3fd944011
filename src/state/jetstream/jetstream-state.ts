import type { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { toNatsError } from '../../storage/nats/nats-error.js'
import { persist } from '../../storage/nats/persist.js'
import { checkBucketName, MAX_VALUE_BYTES } from '../entry-table.js'
import { BUCKETS, type BucketName, type StateStore } from '../state-store.js'
import { bucketStream, bucketSubject } from './bucket-keys.js'
import { JetStreamBucket } from './jetstream-bucket.js'

/** Much more than the time to live, since the clocks of servers and hubs may differ. */
const LEAST_MARGIN_MS = 60_000

export interface JetStreamStateOptions {
  /** The clock of entries with a time to live, which all hubs must agree on. */
  runtime: Runtime
  /** Closed with the store. */
  link: NatsLink
  /** The first part of the names of the buckets. */
  prefix: string
  replicas?: number
  /** Largest value. Default 1 MiB. */
  maxValueBytes?: number
  /** Why nothing can be stored, if that is known: servers that form a cluster do not always answer then. */
  obstacle?(): TocsinError | undefined
}

/** Opens a state store in NATS that all hubs of a cluster share. Rejects with TCN_NATS_UNREACHABLE. */
export async function openJetStreamState(options: JetStreamStateOptions): Promise<StateStore> {
  const { runtime, link, prefix, replicas = 1, maxValueBytes = MAX_VALUE_BYTES, obstacle } = options
  const api = new JetStreamApi(link)
  const isNew = await hasNoBuckets(link, api, prefix).catch((thrown) => {
    throw toNatsError(thrown)
  })
  const buckets = new Map<BucketName, JetStreamBucket>()
  return {
    isNew,
    bucket(name, { timeToLive } = {}) {
      checkBucketName(name)
      const open = buckets.get(name)
      if (open !== undefined) return open
      const names = { stream: bucketStream(prefix, name), subject: bucketSubject(prefix, name) }
      const maxAge = timeToLive === undefined ? undefined : 2 * timeToLive + LEAST_MARGIN_MS
      const given = { runtime, link, api, replicas, maxValueBytes, timeToLive, maxAge, obstacle }
      const bucket = new JetStreamBucket({ ...given, ...names })
      buckets.set(name, bucket)
      return bucket
    },
    async close() {
      await Promise.all([...buckets.values()].map((bucket) => bucket.close()))
      await link.close()
    },
  }
}

async function hasNoBuckets(link: NatsLink, api: JetStreamApi, prefix: string): Promise<boolean> {
  const stored = await Promise.all(
    BUCKETS.map((name) => persist(link, () => hasRecords(api, bucketStream(prefix, name)))),
  )
  return !stored.includes(true)
}

async function hasRecords(api: JetStreamApi, stream: string): Promise<boolean> {
  const found = await api.find(stream)
  return found !== undefined && found.state.last_seq > 0
}
