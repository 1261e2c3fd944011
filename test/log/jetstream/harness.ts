import type { EventLog } from '../../../src/log/event-log.js'
import type { JetStreamLogOptions } from '../../../src/log/jetstream/log-options.js'
import { endless, newStream, openLog } from './open-log.js'
import { RenumberedLog } from './renumbered-log.js'

/** Opens logs as the only hub, which leads at once. `barrier`: messages with which each term begins. */
export function harnessOf(
  servers: () => string | string[],
  options: Partial<JetStreamLogOptions>,
  barrier: number,
) {
  const streams = new WeakMap<EventLog, string>()
  const open = async (stream = newStream()) => {
    const log = await openLog(servers(), { ...options, stream })
    await log.lead(endless)
    const renumbered = new RenumberedLog(log, barrier)
    streams.set(renumbered, stream)
    return renumbered
  }
  const reopen = async (log: EventLog) => {
    await log.close()
    return open(streams.get(log))
  }
  return { open: () => open(), reopen }
}
