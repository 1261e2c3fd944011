import type { OwnEvent } from '../../bus/api.js'
import type { Bus } from '../../bus/bus.js'
import { writeLine } from '../own-log/log-lines.js'
import type { SharedLog } from '../own-log/shared-log.js'

/** Publishes events of the hub itself, and writes their lines. */
export type Report = (event: OwnEvent, stored?: () => void, failed?: () => void) => boolean

/** Returns a function that is false if the log did not store the event. */
export function ownEvents(hubLog: SharedLog, bus: Bus): Report {
  return (event, stored, failed) => {
    writeLine(hubLog, event)
    return !bus.closing && bus.emit(event, stored, failed)
  }
}
