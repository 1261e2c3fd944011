import type { JetStreamApi } from '../../storage/nats/jetstream-api.js'
import type { NatsLink } from '../../storage/nats/link.js'
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

/** Resolves with the seq of the first event that was stored at this time (µs) or later; infinite if there is none. */
export async function firstEventAt({ link, api, stream }: ScanTarget, micros: number): Promise<number> {
  const pull = new StreamPull(link, api, stream, {
    deliver_policy: 'by_start_time',
    opt_start_seq: undefined,
    opt_start_time: timeText(micros),
  })
  try {
    let found = Number.POSITIVE_INFINITY
    let next = 0
    do {
      next = await pull.read(next, SEEK_AT_ONCE, ({ header }, { seq }) => {
        if (seq < found && decodeHeader(header) !== undefined) found = seq
      })
    } while (next !== Number.POSITIVE_INFINITY && found === Number.POSITIVE_INFINITY)
    return found
  } finally {
    pull.close()
  }
}

/** Reads the headers of the events from `from` to `last`. */
export async function* storedCounters(
  { link, api, stream }: ScanTarget,
  from: number,
  last: number,
): AsyncIterable<StoredCounters> {
  const pull = new StreamPull(link, api, stream, { headers_only: true })
  try {
    for (let next = from; next <= last; ) {
      const found: StoredCounters[] = []
      next = await pull.read(next, COUNTERS_AT_ONCE, ({ header }, { time }) => {
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
