import type { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
import { NatsFault } from '../../storage/nats/nats-fault.js'
import { persist } from '../../storage/nats/persist.js'
import { StreamPull } from '../../storage/nats/stream-pull.js'
import type { StoredCounters } from '../event-log.js'
import { decodeHeader } from './event-message.js'

const SEEK_AT_ONCE = 16
const COUNTERS_AT_ONCE = 1000

export interface ScanTarget {
  link: NatsLink
  api: JetStreamApi
  stream: string
}

/**
 * Resolves with the seq of the first event that was stored at this time (µs) or later; the place after `last`, the last
 * event that is known, if there is none up to it. A server that is behind may still have events before `first`, which have
 * been removed.
 */
export async function firstEventAt(
  target: ScanTarget,
  micros: number,
  last: number,
  first = 0,
): Promise<number> {
  return await persist(target.link, async () => {
    const found = await findEventAt(target, micros)
    if (found > last) await checkNothingAt(target, micros, last)
    return Math.max(first, Math.min(found, last + 1))
  })
}

async function findEventAt({ link, api, stream }: ScanTarget, micros: number): Promise<number> {
  const pull = new StreamPull(link, api, stream, { since: timeText(micros) })
  try {
    let found = Number.POSITIVE_INFINITY
    let next = 0
    do {
      next = await pull.read(next, SEEK_AT_ONCE, 0, ({ header }, { seq }) => {
        if (seq < found && decodeHeader(header) !== undefined) found = seq
      })
    } while (next !== Number.POSITIVE_INFINITY && found === Number.POSITIVE_INFINITY)
    return found
  } finally {
    pull.close()
  }
}

/** The server that was asked may be behind. What it has not found would be passed over, or removed as too old. */
async function checkNothingAt({ api, stream }: ScanTarget, micros: number, last: number): Promise<void> {
  const { state } = await api.info(stream)
  if (state.messages === 0 || state.first_seq > last) return
  const newest = await api.message(stream, { seq: last })
  const isOlder = newest !== undefined && newest.time < micros
  if (!isOlder) throw new NatsFault('unreachable', `the server has nothing up to @${last} yet`)
}

/** Reads the headers of the events from `from` to `last`. */
export async function* storedCounters(
  { link, api, stream }: ScanTarget,
  from: number,
  last: number,
): AsyncIterable<StoredCounters> {
  const pull = new StreamPull(link, api, stream, { headersOnly: true })
  try {
    for (let next = from; next <= last; ) {
      const found: StoredCounters[] = []
      next = await pull.read(next, COUNTERS_AT_ONCE, last, ({ header }, { time }) => {
        const producers = decodeHeader(header)?.producers ?? []
        if (producers.length > 0) found.push({ producers, time })
      })
      yield* found
    }
  } finally {
    pull.close()
  }
}

/** A time with all digits of its microseconds, for the server. */
function timeText(micros: number): string {
  const rest = String(((micros % 1000) + 1000) % 1000).padStart(3, '0')
  return new Date(Math.floor(micros / 1000)).toISOString().replace('Z', `${rest}Z`)
}
