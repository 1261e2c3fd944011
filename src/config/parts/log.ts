import { z } from 'zod'
import { duration, durationOrOff, size, sizeOrOff } from '../../types/units.js'

const MiB = 2 ** 20

const retention = z.strictObject({
  age: durationOrOff({ min: 60_000 }).prefault('7d').describe('Events older than this may go.'),
  bytes: sizeOrOff({ min: 16 * MiB })
    .prefault('10GiB')
    .describe('Over this size of the log, the oldest events go.'),
  count: z.int().min(1).optional().describe('Over this number of events, the oldest go. Absent: no limit.'),
})

const segment = z.strictObject({
  bytes: size({ min: MiB, max: 64 * 1024 * MiB })
    .optional()
    .describe('Size at which a segment is closed. Default: a tenth of `retention.bytes`, at most 1GiB.'),
  age: duration({ min: 60_000 }).prefault('1d').describe('Age at which a segment is closed.'),
})

export const logConfig = z.strictObject({
  engine: z
    .enum(['lmdb', 'memory'])
    .default('lmdb')
    .describe('`lmdb` keeps events on disk; `memory` keeps the last ones while the hub runs.'),
  retention: retention
    .prefault({})
    .describe('What is kept. Whole segments go when all they hold is over a limit.'),
  segment: segment.prefault({}).describe('The log is kept in segments.'),
  ring: size({ min: 2 * MiB, max: 4096 * MiB })
    .prefault('16MiB')
    .describe(
      'Memory for recent events, for subscribers a little behind. With `engine: memory` all there is.',
    ),
})
