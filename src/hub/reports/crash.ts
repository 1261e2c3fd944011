import type { OwnEvent } from '../../bus/api.js'
import { formatTime } from '../../event/position.js'
import type { EventLog } from '../../log/index.js'
import { crashNote } from '../../log/loss-reason.js'

/**
 * Returns the event that says that the hub which used this log before did not stop but was killed or crashed;
 * undefined if it stopped. `lastTime`: time of the last stored event, µs.
 */
export function crashOf(
  { last, lost }: Pick<EventLog, 'last' | 'lost'>,
  lastTime: number | undefined,
): OwnEvent | undefined {
  const newest = lost.at(-1)
  if (newest?.from !== last + 1 || newest.damaged === true) return undefined
  const { from, to } = newest
  const since = lastTime === undefined ? undefined : formatTime(lastTime)
  return {
    tag: 'hub/crashed',
    data: {
      ...(since && { since }),
      from,
      to,
      note: `the hub did not stop in order before: ${crashNote(newest)}`,
    },
  }
}
