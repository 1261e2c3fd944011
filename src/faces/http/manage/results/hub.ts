import { z } from 'zod'
import { clusterStatus } from './cluster.js'
import { effect } from './config.js'
import { rule } from './rules.js'
import { count, fault, micros, type ResultsOf, text, time } from './shape.js'
import { sinkState } from './sinks.js'

const range = { from: count, to: count }

const retention = z.object({
  age: micros.optional(),
  bytes: count.optional(),
  count: count.optional(),
})

const compaction = z
  .object({
    file: text,
    cause: z.enum(['automatic', 'manual']),
    bytesBefore: count,
    bytesAfter: count,
    bytesAfterLast: count.describe('Bytes after the previous compaction; 0 for the first one.'),
    start: time,
    duration: micros,
    transactions: count.describe('Commits since the last compaction.'),
    removed: z.object(range).optional(),
  })
  .meta({ id: 'Compaction' })

const compression = z.object({
  isAutomatic: z.boolean(),
  segments: count,
  plainBytes: count,
  diskBytes: count,
})

const logInfo = z
  .object({
    engine: text,
    epoch: text,
    first: count,
    last: count,
    firstTime: time.optional(),
    lastTime: time.optional(),
    bytes: count,
    segments: count,
    compression: compression.optional(),
    unflushedBytes: count,
    flushMicros: micros,
    durable: z.boolean(),
    retention,
    lost: z.array(z.object({ ...range, damaged: z.literal(true).optional() })),
    lastCompaction: compaction.optional(),
    clockAhead: micros.optional(),
    fault: fault.optional(),
  })
  .meta({ id: 'LogInfo' })

const stream = z
  .object({
    name: text,
    description: text.optional(),
    filter: text,
    replay: z.boolean(),
    firstTime: time.optional(),
    lastTime: time.optional(),
  })
  .meta({ id: 'Stream' })

const stall = z.object({
  ms: z.number(),
  face: text,
  work: text,
  principal: text.optional(),
  time,
})

const longTurns = z.object({
  bound: z.number(),
  count,
  last: stall.optional(),
  worst: stall.optional(),
})

const partFault = z.object({ kind: text, part: text, count, last: time, reason: text })

const source = z
  .object({
    name: text,
    origin: text,
    state: z.enum(['up', 'degraded', 'down', 'silent', 'standby']),
    since: time,
    reason: text.optional(),
    lastEvent: time.optional(),
    events: count,
    lost: count,
    parked: count.optional().describe('Items at which it has failed too often.'),
    restarts: count,
    details: z.record(text, z.unknown()),
  })
  .meta({ id: 'Source' })

const edge = z
  .object({
    name: text,
    principal: text,
    address: text,
    state: z.enum(['up', 'down']),
    since: time,
    events: count,
    waiting: count,
    waitingSince: time.optional(),
    gaps: count,
  })
  .meta({ id: 'Edge' })

const cgroups = z
  .object({
    folder: text.optional().describe('Folder in which each job has a cgroup of its own.'),
    controllers: z.array(text),
    reason: text.optional().describe('Why jobs have no cgroups.'),
    missing: z.array(text).describe('Limits in `jobs.whole` that jobs do not have.'),
  })
  .meta({ id: 'JobCgroups' })

export const status = z
  .object({
    name: text,
    version: text,
    node: text,
    pid: count,
    started: time,
    now: time,
    config: text.optional(),
    data: text.optional(),
    faults: z.array(partFault).optional(),
    damage: z.array(text).optional(),
    listeners: z.array(z.object({ face: text, address: text, connections: count })),
    events: z.object({ accepted: count, delivered: count, refused: count, skipped: count, lost: count }),
    subscribers: count,
    behind: count.describe('Subscribers that are served from the log, not live.'),
    publishers: count,
    consumers: count,
    parked: count,
    memory: z.object({ rss: count, heapUsed: count, external: count }),
    loop: z.object({
      stalls: count,
      last: stall.optional(),
      worst: stall.optional(),
      turns: longTurns.optional(),
    }),
    disk: z.object({ free: count, total: count }).optional(),
    log: logInfo,
    sources: z.array(source),
    edges: z.array(edge).optional(),
    cluster: clusterStatus.optional(),
    sinks: z.array(sinkState).optional(),
    rules: z.array(rule).optional(),
    jobs: z.object({ cgroups }).optional(),
  })
  .meta({ id: 'Status' })

const verifyReport = z
  .object({ chunks: count, events: count, bytes: count, faulty: count })
  .meta({ id: 'VerifyReport' })

export const verifyPart = z
  .object({
    segment: text,
    firstSeq: count,
    lastSeq: count,
    count,
    bytes: count,
    error: fault.optional(),
  })
  .meta({ id: 'VerifyPart' })

const compressReport = z
  .object({ segments: count, plainBytes: count, bytesBefore: count, bytesAfter: count, failed: count })
  .meta({ id: 'CompressReport' })

export const compressPart = z
  .object({
    segment: text,
    firstSeq: count,
    lastSeq: count,
    plainBytes: count,
    bytesBefore: count,
    bytesAfter: count,
    left: count,
    error: fault.optional(),
  })
  .meta({ id: 'CompressPart' })

export const eventType = z
  .object({
    type: text,
    tags: z.array(text),
    summary: text.optional(),
    display: text.optional().describe('Template of the line that people see.'),
    correlation: z.array(text).optional(),
    schema: z.record(text, z.unknown()).optional().describe('JSON Schema 2020-12 of `data`.'),
  })
  .meta({ id: 'EventType' })

export const hubResults: ResultsOf<'hub' | 'sources' | 'metrics' | 'types' | 'log' | 'streams'> = {
  'hub.status': status,
  'hub.history': z.object({
    samples: z.array(
      z.object({
        time: micros,
        accepted: z.number().describe('Events a second.'),
        delivered: z.number().describe('Events a second.'),
        publishMicros: z
          .number()
          .optional()
          .describe('Time from storing an event to handing it out, 99 of 100.'),
        flushMicros: z.number().describe('How long the last flush took.'),
        memory: z.number().describe('Resident memory, bytes.'),
      }),
    ),
  }),
  'hub.reload': z.object({
    file: text.optional(),
    ...effect,
    types: z
      .object({ added: z.array(text), changed: z.array(text), removed: z.array(text) })
      .describe('Event types that files define.'),
  }),
  'sources.list': z.object({ sources: z.array(source) }),
  'metrics.read': z.object({ type: text, text }),
  'types.list': z.object({ types: z.array(eventType) }),
  'log.info': logInfo,
  'log.verify': verifyReport,
  'log.compress': compressReport,
  'log.compact': compaction,
  'streams.list': z.object({ streams: z.array(stream) }),
}
