import { z } from 'zod'
import { clusterStatus } from './cluster.js'
import { reloadReport } from './config.js'
import { headline } from './headline.js'
import { logInfo } from './log.js'
import { rule } from './rules.js'
import { count, micros, text, time } from './shape.js'
import { sinkState } from './sinks.js'

const stall = z
  .object({
    ms: z.number(),
    face: text.describe('The part of the hub.'),
    work: text.describe('Its work that took most of the turn.'),
    principal: text.optional().describe('The principal that it was done for, if it is known.'),
    time,
  })
  .meta({ id: 'Stall', description: 'A turn of the event loop that took long.' })

const longTurns = z
  .object({
    bound: z.number(),
    count: count.describe('Number since the start.'),
    last: stall.optional(),
    worst: stall.optional(),
  })
  .meta({
    id: 'LongTurns',
    description:
      'Turns of the event loop that took more processor time than `bound`, ms: others waited for so long.',
  })

const loop = z
  .object({
    stalls: count.describe('Number since the start.'),
    last: stall.optional(),
    worst: stall.optional(),
    turns: longTurns.optional().describe('Absent in answers of earlier versions.'),
  })
  .meta({
    id: 'LoopInfo',
    description: 'Turns of the event loop that took long, during which the hub did nothing else.',
  })

const partFault = z
  .object({
    kind: text,
    part: text,
    count: count.describe('The number of times since the start of the hub.'),
    last: time.describe('The last of them; µs since the epoch.'),
    reason: text,
  })
  .meta({
    id: 'PartFaultInfo',
    description: 'A source, sink, rule, face or job that has thrown, and was started again.',
  })

const source = z
  .object({
    name: text,
    origin: text,
    state: z
      .enum(['up', 'degraded', 'down', 'silent', 'standby'])
      .describe('`standby`: it runs once in the cluster, on the primary hub.'),
    since: time,
    reason: text.optional(),
    lastEvent: time.optional(),
    events: count.describe('Number since the hub started.'),
    lost: count,
    parked: count
      .optional()
      .describe('Items at which it has failed too often. Absent in answers of earlier versions.'),
    restarts: count,
    details: z.record(text, z.unknown()),
  })
  .meta({ id: 'SourceInfo' })

const edge = z
  .object({
    name: text,
    principal: text,
    address: text.describe('Where it is, or was last.'),
    state: z.enum(['up', 'down']),
    answers: z.boolean().optional().describe('True if it answers questions.'),
    since: time,
    events: count.describe('Number of its events stored here.'),
    waiting: count.describe(
      'Number of its events that it had not forwarded when it was last heard of, at most.',
    ),
    waitingSince: time.optional().describe('Time of the first of them, µs since the epoch.'),
    gaps: count.describe('Number of ranges that it could not forward.'),
  })
  .meta({
    id: 'EdgeInfo',
    description: 'A hub that forwards its events to this one, since this one has started.',
  })

const cgroups = z
  .object({
    folder: text.optional().describe('Folder in which each job has a cgroup of its own.'),
    controllers: z.array(text),
    reason: text.optional().describe('Why jobs have no cgroups.'),
    missing: z.array(text).describe('Limits in `jobs.whole` that jobs do not have.'),
  })
  .meta({ id: 'CgroupInfo' })

export const hubStatus = z
  .object({
    name: text,
    version: text,
    node: text.describe('Version of Node.js.'),
    pid: count,
    started: time,
    now: time,
    headline: headline.optional().describe('Absent in answers of earlier versions.'),
    config: text.optional().describe('The configuration file in use; absent: defaults only.'),
    data: text.optional(),
    faults: z
      .array(partFault)
      .optional()
      .describe(
        'Parts of the hub that have thrown something within a day. Absent in answers of earlier versions.',
      ),
    damage: z
      .array(text)
      .optional()
      .describe('The damage that the hub has found in its data folder since it started.'),
    listeners: z.array(z.object({ face: text, address: text, connections: count })),
    events: z
      .object({ accepted: count, delivered: count, refused: count, skipped: count, lost: count })
      .describe('Counters since the start.'),
    subscribers: count,
    behind: count.describe('Subscribers that are served from the log, not live.'),
    publishers: count,
    consumers: count,
    parked: count,
    memory: z.object({ rss: count, heapUsed: count, external: count }),
    loop,
    disk: z.object({ free: count, total: count }).optional().describe('File system of the data folder.'),
    log: logInfo,
    sources: z.array(source),
    edges: z
      .array(edge)
      .optional()
      .describe(
        'Hubs that forward their events to this one; of more than 1,000, those that are down or furthest behind. Absent in answers of earlier versions.',
      ),
    edgeCounts: z
      .object({ up: count, down: count })
      .optional()
      .describe('All hubs that forward their events to this one. Absent in answers of earlier versions.'),
    sinks: z.array(sinkState).optional().describe('Absent in answers of earlier versions.'),
    rules: z.array(rule).optional().describe('Absent in answers of earlier versions.'),
    jobs: z
      .object({ cgroups })
      .optional()
      .describe('Absent if jobs are off, and in answers of earlier versions.'),
    cluster: clusterStatus.optional().describe('The hubs with the same log, if there can be several.'),
  })
  .meta({ id: 'HubStatus' })

const historySample = z
  .object({
    time,
    accepted: z.number().describe('Events a second.'),
    delivered: z.number().describe('Events a second.'),
    publishMicros: z
      .number()
      .optional()
      .describe('Time from storing an event to handing it out, 99 of 100, µs; absent if there was none.'),
    flushMicros: z.number().describe('The duration of the last flush, µs.'),
    memory: z.number().describe('Resident memory, bytes.'),
  })
  .meta({ id: 'HistorySample', description: 'The state of the hub in the ten seconds before `time`.' })

const values = (description: string) => z.array(z.number().nullable()).describe(description)

const partTrend = z
  .object({
    name: text.describe('Its name, or of a subscriber its id.'),
    lag: values('Events that it was behind; absent for sources.').optional(),
    rate: values(
      'Events a second. That of a consumer counts its members of now: after one has left, it is too small, or null.',
    ),
    errors: values(
      'Errors since the sample before: losses, restarts and parked items of a source, failed attempts of a sink, parked events of a consumer, skipped events of a subscriber.',
    ),
  })
  .meta({
    id: 'PartTrend',
    description:
      'A part of the hub in the last hour: one value for each sample, the latest last; null is not known.',
  })

export const partTrends = z
  .object({
    time: time.optional().describe('Time of the latest sample.'),
    every: micros.describe('Time between two samples, µs.'),
    parts: z.array(partTrend).describe('First those that are furthest behind.'),
  })
  .meta({ id: 'PartTrends' })

const typeChanges = z
  .object({ added: z.array(text), changed: z.array(text), removed: z.array(text) })
  .meta({ id: 'TypeChanges', description: 'Names of event types that files define.' })

export const hubReloadReport = reloadReport.extend({ types: typeChanges }).meta({ id: 'HubReloadReport' })

export const eventType = z
  .object({
    type: text,
    tags: z.array(text),
    summary: text.optional(),
    display: text
      .optional()
      .describe('Template of the line that people see, such as `{usedPercent|percent} of {total|bytes}`.'),
    correlation: z.array(text).optional(),
    schema: z.record(text, z.unknown()).optional().describe('JSON Schema 2020-12 of `data`.'),
  })
  .meta({ id: 'TypeInfo' })

export const history = z.object({ samples: z.array(historySample) })
export const sources = z.object({ sources: z.array(source) })
export const types = z.object({ types: z.array(eventType) })

export const metricsText = z.object({ type: z.string(), text: z.string() })
