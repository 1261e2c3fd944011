import type { GapStatus, Status } from '../client/api.js'
import { TocsinError } from '../event/errors.js'
import { noteConnection } from './hub.js'
import type { Io } from './io.js'

/** Says on stderr what happens to a stream of events; with `strict` a gap ends it. */
export function noteStatus(io: Io, status: Status, options: { strict?: boolean; from?: string }): void {
  if (status.status === 'gap') noteGap(io, status, options.strict === true)
  else if (status.status === 'reconnecting') noteConnection(io, status)
  else if (status.status === 'live' && options.from !== undefined)
    hint(io, 'live: from here on events come as they happen')
  else if (status.status === 'lagging') hint(io, `the output is slow: ${status.reason}`)
  else if (status.status === 'end' && status.code !== 'END') io.note(`${status.reason} (${status.code})`)
}

function noteGap(io: Io, { from, to, why, cursor, reason }: GapStatus, strict: boolean): void {
  const range = to > 0 ? `@${from} to @${to} are missing` : 'events may be missing'
  const text = `gap: ${range}, ${reason} (${why}); it goes on after ${cursor}`
  if (strict) throw new TocsinError('TCN_BUS_GAP', text)
  io.note(text)
}

/** Good to know for a person, noise in a script. */
function hint(io: Io, text: string): void {
  if (io.err.isTTY === true) io.note(text)
}
