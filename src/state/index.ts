export { divideState, SHARED_BUCKETS } from './divided-state.js'
export { guardState } from './guarded-state.js'
export type { SalvagedState } from './lmdb-state.js'
export { type LmdbStateOptions, openLmdbState } from './lmdb-state.js'
export { type MemoryStateOptions, openMemoryState } from './memory-state.js'
export type { RestoredEntries } from './state-copy.js'
export {
  BUCKETS,
  type Bucket,
  type BucketName,
  type BucketOptions,
  type DamagedRecord,
  type StateChange,
  type StateEntry,
  type StateStore,
} from './state-store.js'
