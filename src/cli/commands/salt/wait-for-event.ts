import { TocsinError } from '../../../errors/tocsin-error.js'
import { jsonView } from '../../../event/json/view.js'
import { unpack } from '../../../protocols/salt/codec/values.js'
import { Exit } from '../../help/exit-codes.js'
import { Deadline } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { escapeJson, escapeText } from '../../terminal/text.js'
import { isMap } from './arguments.js'
import { type ReadOptions, readSaltEvents, type SaltEventBytes } from './read-events.js'
import { tagGlob } from './tag-match.js'

export interface WaitOptions extends ReadOptions {
  ids: string
  eventId: string
  format?: string
}

const DEFAULT_MS = 300_000

/** Does what the state `salt.wait_for_event` does: waits for an event of each ID, in any order. */
export async function waitForEvent(io: Io, name: string, options: WaitOptions): Promise<void> {
  const wanted = options.ids.split(',').filter((id) => id !== '')
  if (wanted.length === 0) throw new TocsinError('TCN_USAGE', 'give --ids a list such as web1,web2')
  const seen: string[] = []
  const deadline = new Deadline(io.signal, options.timeout ?? DEFAULT_MS)
  const started = performance.now()
  try {
    await readSaltEvents(
      io,
      { ...options, timeout: undefined },
      tagGlob(name),
      deadline.signal,
      async (event) => {
        for (const id of idsOf(event, options.eventId)) {
          const at = wanted.indexOf(id)
          if (at < 0) continue
          wanted.splice(at, 1)
          seen.push(id)
          if (options.format === 'line') io.out.line(escapeText(id))
        }
        await io.out.room()
        return wanted.length === 0 || io.out.closed
      },
    )
  } catch (error) {
    if (!deadline.passed) throw error
  } finally {
    deadline.clear()
  }
  io.signal.throwIfAborted()
  const seconds = (performance.now() - started) / 1000
  const comment = wanted.length === 0 ? `All events seen in ${seconds} seconds.` : 'Timeout value reached.'
  if (options.format !== 'line') {
    const changes = seen.length === 0 ? {} : { minions_seen: seen }
    const result = { name, changes, comment, result: wanted.length === 0 }
    io.out.line(escapeJson(JSON.stringify(jsonView(result))))
  }
  if (wanted.length > 0) throw new Ending(Exit.nothing, `${comment} Not seen: ${wanted.join(', ')}`)
}

/** The IDs that the event has under the key, at its top or in its `data`; the value may be a list. */
function idsOf({ data }: SaltEventBytes, key: string): string[] {
  const event = decoded(data)
  if (!isMap(event)) return []
  const value = event[key] ?? (isMap(event.data) ? event.data[key] : undefined)
  const values = Array.isArray(value) ? value : [value]
  return values.filter((each) => each !== undefined && each !== null).map(String)
}

function decoded(data: Uint8Array): unknown {
  try {
    return unpack(data)
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    return undefined
  }
}
