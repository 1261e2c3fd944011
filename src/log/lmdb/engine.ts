import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LogEngine, LogSettings } from '../log-engine.js'

const MIN_SEGMENT_BYTES = 2 ** 20
const MAX_SEGMENT_BYTES = 2 ** 30

/** LMDB is loaded only when a log is opened: most commands need only the name of the engine. */
export const lmdbEngine: LogEngine = {
  name: 'lmdb',
  summary: 'keeps events on disk',
  usesFolder: true,
  async open({ runtime, folder, config, typeOf, typeOfBytes }) {
    const { openLmdbLog } = await import('./lmdb-log.js')
    const segment = segmentLimits(config, folder)
    const forms = { compress: config.compression === 'auto', index: config.index === 'auto' }
    return openLmdbLog({ runtime, folder, typeOf, typeOfBytes, ringBytes: config.ring, segment, ...forms })
  },
}

/**
 * By default, segments are small enough that retention by size removes at most a tenth of the log at a time, and that a
 * full disk has several.
 */
function segmentLimits({ segment, retention }: LogSettings, folder: string): { bytes: number; age: number } {
  const { bytes: kept = Number.POSITIVE_INFINITY } = retention
  const most = Math.min(MAX_SEGMENT_BYTES, kept / 10, diskBytes(folder) / 16)
  return { bytes: segment.bytes ?? Math.max(MIN_SEGMENT_BYTES, most), age: segment.age * 1000 }
}

/** Size of the disk of a folder that may not exist yet. */
function diskBytes(folder: string): number {
  try {
    const { blocks, bsize } = statfsSync(dirname(folder))
    return blocks * bsize || Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
