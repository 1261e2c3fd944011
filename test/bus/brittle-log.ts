import type { TocsinError } from '../../src/errors/tocsin-error.js'
import { type EventLog, type LogStats, openMemoryLog } from '../../src/log/index.js'
import type { FakeRuntime } from '../helpers/fake-runtime.js'

/** Returns a log whose disk is controlled by the test. */
export function brittleLog(runtime: FakeRuntime) {
  const log = openMemoryLog({ runtime })
  const disk: { unflushedBytes: number; fault: TocsinError | undefined } = {
    unflushedBytes: 0,
    fault: undefined,
  }
  const brittle: EventLog = Object.create(log, {
    stats: { get: (): LogStats => ({ ...log.stats, ...disk, engine: 'brittle' }) },
    first: { get: () => log.first },
    last: { get: () => log.last },
  })
  brittle.append = (batch, done) => {
    if (disk.fault !== undefined) done(disk.fault, log.last)
    else log.append(batch, done)
  }
  brittle.durable = async () => {
    if (disk.fault !== undefined) throw disk.fault
  }
  for (const name of ['onStored', 'read', 'seek', 'compact', 'close'] as const) {
    brittle[name] = log[name].bind(log) as never
  }
  return { log: brittle, disk }
}
