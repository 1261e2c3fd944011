import { BUCKETS, type BucketName, type StateStore } from './state-store.js'

/** Buckets with what belongs to one hub: its own sources, the files of its jobs, and what it has read of the log. */
const LOCAL: ReadonlySet<BucketName> = new Set(['sources', 'jobs', 'producers', 'meta', 'hosts'])

/** Buckets that all hubs with the same log share. */
export const SHARED_BUCKETS: readonly BucketName[] = BUCKETS.filter((name) => !LOCAL.has(name))

/** The state of a hub that shares its log: some buckets are its own, the others are those of all hubs. */
export function divideState(local: StateStore, shared: StateStore): StateStore {
  return {
    // A hub that is new to a cluster has lost nothing.
    isNew: shared.isNew,
    bucket: (name, options) => (LOCAL.has(name) ? local : shared).bucket(name, options),
    async close() {
      await Promise.all([local.close(), shared.close()])
    },
  }
}
