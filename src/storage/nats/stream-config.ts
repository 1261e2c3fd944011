import type { StreamConfig } from './jetstream-api.js'

export interface KeyValueOptions {
  name: string
  subject: string
  storage?: StreamConfig['storage']
  replicas: number
  /** ns; absent: nothing expires. */
  maxAge?: number
  /** ns */
  duplicateWindow?: number
}

/** The settings of a stream that keeps the newest message of each subject, as a key-value bucket of NATS does. */
export function keyValueConfig(options: KeyValueOptions): StreamConfig {
  const { name, subject, storage = 'file', replicas, maxAge = 0, duplicateWindow } = options
  return {
    name,
    subjects: [subject],
    retention: 'limits',
    storage,
    discard: 'old',
    num_replicas: replicas,
    max_age: maxAge,
    max_bytes: -1,
    max_msgs: -1,
    max_msgs_per_subject: 1,
    ...(duplicateWindow !== undefined && { duplicate_window: duplicateWindow }),
  }
}

/** The settings that cannot be changed without losing messages or their meaning. */
const FIXED = ['subjects', 'retention', 'storage', 'discard', 'max_msgs_per_subject'] as const

/** Says which setting of a stream is not as it must be; undefined if all are. */
export function differenceOf(
  found: StreamConfig,
  wanted: StreamConfig,
  more: readonly (keyof StreamConfig)[] = [],
): string | undefined {
  for (const key of [...FIXED, ...more]) {
    const [is, needed] = [JSON.stringify(found[key]), JSON.stringify(wanted[key])]
    if (is !== needed) return `${key} is ${is}, not ${needed}`
  }
  return undefined
}
