import type { JetStreamApi, StreamConfig } from '../../storage/nats/jetstream-api.js'
import type { Retention } from '../event-log.js'

/**
 * Applies the limits to the stream, whose server then removes the oldest messages by itself. Limits of a compaction by
 * hand apply once: the server removes what is over them now, and the limits before it return. It looks at the age of
 * messages later, so that `expired`, the first event that is not too old, ends what is removed at once.
 */
export async function applyRetention(
  api: JetStreamApi,
  stream: string,
  barrier: string,
  policy: Retention,
  { isOnce, expired }: { isOnce: boolean; expired: number },
): Promise<void> {
  const { config, state } = await api.info(stream, barrier)
  // Barrier messages count as messages for the server, but not as events.
  const others = state.subjects?.[barrier] ?? 0
  const limits = limitsOf(policy, others)
  if (expired > state.first_seq) await api.purge(stream, { seq: expired })
  const isNone = sameLimits(limits, limitsOf({}, 0))
  if (sameLimits(config, limits) || (isOnce && isNone)) return
  await api.update({ ...config, ...limits })
  if (isOnce) await api.update(config)
}

type Limits = Pick<StreamConfig, 'max_age' | 'max_bytes' | 'max_msgs'>

function limitsOf({ age, bytes, count }: Retention, others: number): Limits {
  return {
    max_age: age === undefined ? 0 : Math.max(MIN_AGE_NS, Math.round(age * 1000)),
    max_bytes: bytes ?? -1,
    max_msgs: count === undefined ? -1 : count + others,
  }
}

function sameLimits(one: Limits, other: Limits): boolean {
  return one.max_age === other.max_age && one.max_bytes === other.max_bytes && one.max_msgs === other.max_msgs
}

/** The smallest age that a server takes. */
const MIN_AGE_NS = 100e6
