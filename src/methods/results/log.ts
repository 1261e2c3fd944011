import { z } from 'zod'
import { count, fault, micros, seqRange, text, time } from './shape.js'

export const retention = z.object({
  age: micros.optional(),
  bytes: count.optional(),
  count: count.optional(),
})

export const compaction = z
  .object({
    file: text,
    cause: z.enum(['automatic', 'manual', 'full']),
    bytesBefore: count,
    bytesAfter: count,
    bytesAfterLast: count.describe('Bytes after the previous compaction; 0 for the first one.'),
    start: time,
    duration: micros,
    transactions: count.describe('Commits since the last compaction.'),
    removed: z.object(seqRange).optional(),
  })
  .meta({ id: 'CompactionReport' })

const compression = z
  .object({
    isAutomatic: z.boolean().describe('True if segments are compressed soon after they are full.'),
    segments: count.describe('Compressed segments.'),
    plainBytes: count.describe('Bytes of the events in them.'),
    diskBytes: count.describe('Bytes of their files.'),
  })
  .meta({ id: 'CompressionFigures' })

const wordIndex = z
  .object({
    isAutomatic: z.boolean().describe('True if segments get an index soon after they are full.'),
    segments: count.describe('Segments with an index.'),
    missing: count.describe('Segments that take no more events and have none.'),
    memoryBytes: count.describe('Bytes of it that are kept in memory, at most 4 MiB.'),
    skippedChunks: count.describe('Parts of the log that questions did not have to read.'),
  })
  .meta({ id: 'WordIndexFigures' })

export const logInfo = z
  .object({
    engine: text,
    epoch: text,
    first: count.describe('Number of the first event that can be read; `last + 1` in an empty log.'),
    last: count.describe('Number of the last event.'),
    firstTime: time.optional(),
    lastTime: time.optional(),
    bytes: count.describe('Bytes of the events, which take fewer on the disk when they are compressed.'),
    segments: count,
    compression: compression.optional(),
    index: wordIndex.optional(),
    unflushedBytes: count,
    flushMicros: micros,
    durable: z.boolean(),
    retention,
    lost: z.array(z.object({ ...seqRange, damaged: z.literal(true).optional() })),
    lastCompaction: compaction.optional(),
    clockAhead: micros
      .optional()
      .describe(
        'By how much the clock of the hub has jumped ahead, µs, while retention by age does not count it.',
      ),
    fault: fault.optional(),
    held: z
      .object({
        reason: text.describe('Why it removes nothing more.'),
        remedy: text.describe('The way to make room.'),
      })
      .optional()
      .describe(
        'Set while the disk of a hub with upstreams is full, and nothing that is forwarded makes room.',
      ),
  })
  .meta({ id: 'LogInfo' })

export const verifyReport = z
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

export const compressReport = z
  .object({
    segments: count,
    plainBytes: count,
    bytesBefore: count,
    bytesAfter: count,
    failed: count.describe('Segments that stay as they were because of a fault.'),
  })
  .meta({ id: 'CompressReport' })

export const compressPart = z
  .object({
    segment: text,
    firstSeq: count,
    lastSeq: count,
    plainBytes: count.describe('Bytes of its events.'),
    bytesBefore: count.describe('Bytes of its file.'),
    bytesAfter: count,
    left: count.describe('Segments that come after it.'),
    error: fault.optional(),
  })
  .meta({ id: 'CompressPart' })
