import type { StreamConfig } from '../../storage/nats/jetstream-api.js'
import type { Retention } from '../event-log.js'
import { firstEventAt, type ScanTarget } from './stream-scan.js'
import type { Subjects } from './subjects.js'

export interface RetentionOptions {
  subjects: Subjects
  /** True if the limits apply only now. Otherwise the server goes on removing what is over those of age and size. */
  isOnce: boolean
  /** Now, µs. */
  now: number
  /** The last event. */
  last: number
}

/** Removes the oldest events that are over a limit. */
export async function applyRetention(
  target: ScanTarget,
  policy: Retention,
  { subjects, isOnce, now, last }: RetentionOptions,
): Promise<void> {
  const { api, stream } = target
  if (policy.count !== undefined) await keepNewest(target, subjects, policy.count, last)
  if (policy.age !== undefined) await removeOlder(target, now - policy.age, last)
  const { config } = await api.info(stream)
  const limits = limitsOf(policy)
  if (config.max_age === limits.max_age && config.max_bytes === limits.max_bytes) return
  if (isOnce && policy.bytes === undefined) return
  await api.update({ ...config, ...limits, ...(isOnce && { max_age: config.max_age }) })
  if (isOnce) await api.update(config)
}

/** The server counts the messages of barriers too, so that it cannot do this by a limit of its own. */
async function keepNewest(
  target: ScanTarget,
  { events, barrier }: Subjects,
  count: number,
  last: number,
): Promise<void> {
  const { api, stream } = target
  const { state } = await api.info(stream, barrier)
  const others = state.subjects?.[barrier] ?? 0
  if (state.messages - others <= count) return
  // At least this many places are too old, whatever they contain; the rest is removed one by one.
  await removeBefore(target, state.last_seq - count - others + 1)
  await api.purge(stream, { filter: events, keep: count })
  await removeBefore(target, await firstEventAt(target, 0, last))
}

/** Barriers alone stay, since their places would be a gap without events. */
async function removeOlder(target: ScanTarget, micros: number, last: number): Promise<void> {
  const kept = await firstEventAt(target, micros, last)
  if (kept > (await firstEventAt(target, 0, last))) await removeBefore(target, kept)
}

async function removeBefore({ api, stream }: ScanTarget, seq: number): Promise<void> {
  const { state } = await api.info(stream)
  const end = Math.min(seq, state.last_seq + 1)
  if (end > state.first_seq) await api.purge(stream, { seq: end })
}

function limitsOf({ age, bytes }: Retention): Pick<StreamConfig, 'max_age' | 'max_bytes'> {
  return {
    max_age: age === undefined ? 0 : Math.max(MIN_AGE_NS, Math.round(age * 1000)),
    max_bytes: bytes ?? -1,
  }
}

/** The smallest age that a server takes. */
const MIN_AGE_NS = 100e6
