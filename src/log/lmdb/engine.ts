import type { LogEngine, LogSettings } from '../log-engine.js'

const MAX_SEGMENT_BYTES = 2 ** 30

/** LMDB is loaded only when a log is opened: most commands need only the name of the engine. */
export const lmdbEngine: LogEngine = {
  name: 'lmdb',
  summary: 'keeps events on disk',
  usesFolder: true,
  async open({ runtime, folder, config, typeOf, typeOfBytes }) {
    const { openLmdbLog } = await import('./lmdb-log.js')
    const segment = segmentLimits(config)
    const forms = { compress: config.compression === 'auto', index: config.index === 'auto' }
    return openLmdbLog({ runtime, folder, typeOf, typeOfBytes, ringBytes: config.ring, segment, ...forms })
  },
}

/** By default, segments are small enough that retention by size removes at most a tenth of the log at a time. */
function segmentLimits({ segment, retention }: LogSettings): { bytes: number; age: number } {
  const tenth = retention.bytes === undefined ? MAX_SEGMENT_BYTES : retention.bytes / 10
  return { bytes: segment.bytes ?? Math.min(MAX_SEGMENT_BYTES, tenth), age: segment.age * 1000 }
}
