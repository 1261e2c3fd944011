import { z } from 'zod'
import { path } from '../../config/values/path.js'
import { durationOrOff, sizeOrOff } from '../../config/values/units.js'
import { commonKeys } from '../common-config.js'

export const fileConfig = z.strictObject({
  type: z.literal('file').describe('Kind of the destination; the other keys depend on it.'),
  ...commonKeys,
  path: path().describe('For `file`: the file that one line an event is appended to.'),
  rotate: z
    .strictObject({
      size: sizeOrOff({ min: 1024 }).prefault('100MiB').describe('Size at which a new file is begun.'),
      every: durationOrOff({ min: 60_000 }).prefault('off').describe('Age at which a new file is begun.'),
      keep: z.int().min(1).max(10_000).default(10).describe('Files that are kept besides the current one.'),
    })
    .prefault({})
    .describe('For `file`: when a new file is begun.'),
  sync: z
    .boolean()
    .default(true)
    .describe('For `file`: whether lines are flushed to the disk before their events count as delivered.'),
})
export type FileSinkConfig = z.output<typeof fileConfig>
