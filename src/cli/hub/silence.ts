import type { Client } from '../../client/api.js'
import { iterateFrames } from '../../event/event.js'
import { formatTime } from '../../event/position.js'
import type { FilterInput } from '../../protocols/native/protocol.js'
import type { StreamOptions } from '../help/options.js'
import type { Io } from '../io.js'
import type { EventPrinter } from '../output/event-printer.js'
import type { EventFormat } from '../output/formats.js'
import { formatCount, formatSpan, plural } from '../terminal/figures.js'
import { call } from './connect.js'
import { unmetFields } from './unmet-fields.js'

/** Time that a person waits for the number of all events, ms. */
const WAIT_MS = 1000

/** Notes for a person who sees nothing, and does not know why. Programs get none. */

/** Says that a command waits, and what there was before. Never fails: the events matter, not the note. */
export async function noteQuiet({
  io,
  client,
  filter,
  printer,
}: {
  io: Io
  client: Client
  filter: FilterInput | undefined
  printer: EventPrinter
}): Promise<void> {
  if (!isPerson(io)) return
  try {
    const filters = filter as string[] | undefined
    const wanted = { ...(filters === undefined ? {} : { filters }), limit: 1 }
    const [{ total, atLeast = 0 }, page] = await Promise.all([
      call(io, client, 'events.histogram', { from: 'start', to: 'now', buckets: 1, wait: WAIT_MS }),
      call(io, client, 'events.read', { ...wanted, before: 'end' }),
    ])
    if (printer.printed > 0) return
    const [last] = iterateFrames(page.frames)
    const log = `${total === undefined ? 'at least ' : ''}${plural(total ?? atLeast, 'event')} in the log`
    if (last !== undefined) {
      const ago = formatSpan(Date.now() * 1000 - last.time)
      io.note(`waiting; ${log}, last match ${ago} ago; --last 20 shows the last`)
    } else {
      const none = page.next === undefined ? 'none of them matches' : 'none of the newest matches'
      io.note(`waiting; ${log}, ${none}`)
      for (const note of await unmetFields(io, client, {}, { filters })) io.note(note)
    }
  } catch {
    // The hub refuses the question, or the connection has ended meanwhile.
  }
}

/** Says that nothing matched, and which range has been read. */
export async function noteNothing(io: Io, client: Client, { from, to }: StreamOptions): Promise<void> {
  if (!isPerson(io)) return
  try {
    const all = await call(io, client, 'events.histogram', {
      from: 'start',
      to: 'now',
      buckets: 1,
      wait: WAIT_MS,
    })
    if (all.total === 0) {
      io.note('the log has no events that you may see')
      return
    }
    const many = `${all.total === undefined ? 'at least ' : ''}${formatCount(all.total ?? all.atLeast ?? 0)}`
    const range = from === undefined && to === undefined ? '' : ' in this range'
    io.note(`no event matches${range}; the log has ${many} since ${formatTime(all.from).slice(0, 19)}Z`)
  } catch {
    // As above.
  }
}

/** Says which fields no event had. */
export function noteUnknownFields(io: Io, format: EventFormat, printed: number): void {
  const missing = printed === 0 || !isPerson(io) ? [] : (format.missing?.() ?? [])
  for (const { name, known } of missing) {
    const hint = known.length === 0 ? '' : `; the last one has ${known.join(', ')}`
    io.note(`none of ${plural(printed, 'event')} has the field ${name}${hint}`)
  }
}

function isPerson(io: Io): boolean {
  return io.err.isTTY === true
}
