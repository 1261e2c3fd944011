import { localMicros, parseLocalTime } from '../../event/local-time.js'
import { formatTime } from '../../event/position.js'
import { localZone } from '../../event/zone.js'
import type { SubscribeOptions } from '../api.js'

/** `today` and `06:00` mean the clocks of this program, which the hub does not know. */
export function inLocalZone(options: SubscribeOptions): SubscribeOptions {
  const { from, to } = options
  return { ...options, ...(from && { from: resolved(from) }), ...(to && { to: resolved(to) }) }
}

function resolved(position: string): string {
  const time = parseLocalTime(position)
  return time === undefined ? position : formatTime(localMicros(time, Date.now() * 1000, localZone))
}
