import { z } from 'zod'
import { duration, size } from '../../types/units.js'

const KiB = 2 ** 10
const MiB = 2 ** 20

const httpLimits = z.strictObject({
  body: size({ min: KiB, max: 1024 * MiB })
    .prefault('16MiB')
    .describe('Largest body of a request, but for bulk lines, which have no end.'),
  headers: size({ min: KiB, max: MiB }).prefault('16KiB').describe('All headers of a request.'),
  bulkLine: size({ min: KiB, max: 64 * MiB })
    .prefault('1MiB')
    .describe('One line of a bulk request.'),
  connections: count(16_384, 'Connections at once, streams and WebSockets among them.'),
  requestTimeout: duration({ min: 1_000, max: 24 * 3_600_000 })
    .prefault('5m')
    .describe('How long a request may take to arrive.'),
  headersTimeout: duration({ min: 1_000, max: 3_600_000 })
    .prefault('10s')
    .describe('How long the headers of a request may take to arrive.'),
})

/** The bounds of memory, work and time. Names as in the code that keeps to them. */
export const limitsConfig = z.strictObject({
  frame: size({ min: KiB, max: 64 * MiB })
    .prefault('16MiB')
    .describe('Largest event taken from a publisher.'),
  queue: size({ min: 64 * KiB, max: 1024 * MiB })
    .prefault('4MiB')
    .describe('Output waiting for one subscriber, above which it is served from the log.'),
  unflushed: size({ min: MiB, max: 4096 * MiB })
    .prefault('64MiB')
    .describe('Events not yet on disk, above which publishers wait.'),
  catchUpPerTick: size({ min: 64 * KiB, max: 256 * MiB })
    .prefault('4MiB')
    .describe('Read from the log for those who catch up before live events have their turn again.'),
  halfReceived: size({ min: MiB, max: 4096 * MiB })
    .prefault('256MiB')
    .describe('Memory for records not completely received, over all connections.'),
  connections: count(16_384, 'Connections at once.'),
  requests: count(64, 'Requests of one connection at once.'),
  filtersPerSubscriber: count(64, 'Filters of one subscriber.'),
  unanchoredFilters: count(1_000, 'Different filters without a literal prefix, for each principal.'),
  producers: count(100_000, 'Publishers whose last counter is remembered.'),
  consumers: count(10_000, 'Durable consumers.'),
  unacknowledged: count(1_000, 'Events delivered to a durable consumer and not yet acknowledged.'),
  gateDeadline: duration({ min: 1_000, max: 3_600_000 })
    .prefault('120s')
    .describe('How long a gate waits for its subscribers, where the publisher names no deadline.'),
  http: httpLimits.prefault({}).describe('What one peer over HTTP may use.'),
})

function count(usual: number, description: string) {
  return z.int().min(1).max(10_000_000).default(usual).describe(description)
}
