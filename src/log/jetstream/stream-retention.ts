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
  if (policy.count !== undefined) await keepNewest(target, subjects, policy.count)
  if (policy.age !== undefined) await removeOlder(target, now - policy.age, last)
  const { config } = await api.info(stream)
  const limits = limitsOf(policy)
  if (config.max_age === limits.max_age && config.max_bytes === limits.max_bytes) return
  if (isOnce && policy.bytes === undefined) return
  await api.update({ ...config, ...limits, ...(isOnce && { max_age: config.max_age }) })
  if (isOnce) await api.update(config)
}

/**
 * The server counts the messages of barriers too, so that it cannot do this by a limit of its own. Everything goes in one
 * step: after only the events had gone, hubs would still have them in memory, between messages of barriers that stay.
 */
async function keepNewest(target: ScanTarget, { events }: Subjects, count: number): Promise<void> {
  const { state } = await target.api.info(target.stream)
  if (state.messages <= count) return
  const hasSoMany = async (seq: number) => (await eventsFrom(target, events, seq)) >= count
  if (!(await hasSoMany(state.first_seq))) return
  await removeBefore(target, await lastWith(hasSoMany, state.first_seq, state.last_seq - count + 1))
}

/** Returns the last place up to `highest` for which it is true, as it is for `lowest` and all places before the result. */
async function lastWith(
  isTrue: (place: number) => Promise<boolean>,
  lowest: number,
  highest: number,
): Promise<number> {
  let end = highest + 1
  let start = highest
  // Where there are no messages of barriers, it is the first place that is tried.
  for (let step = 1; start > lowest && !(await isTrue(start)); step *= 2) {
    end = start
    start = Math.max(lowest, start - step)
  }
  while (end - start > 1) {
    const middle = Math.floor((start + end) / 2)
    if (await isTrue(middle)) start = middle
    else end = middle
  }
  return start
}

/** Resolves with the number of events from a place on. */
async function eventsFrom({ api, stream }: ScanTarget, filter: string, seq: number): Promise<number> {
  const { name, num_pending } = await api.consumer(stream, {
    deliver_policy: 'by_start_sequence',
    opt_start_seq: Math.max(1, seq),
    filter_subject: filter,
  })
  api.forget(stream, name)
  return num_pending
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
