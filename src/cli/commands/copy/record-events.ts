import { parseRedactions } from '../../../filter/redact.js'
import type { HubOptions, RangeOptions, WhereOptions } from '../../help/options.js'
import { Deadline, withHub } from '../../hub/connect.js'
import { filterOf } from '../../hub/filter-argument.js'
import { StreamNotes, subscribeOptions } from '../../hub/stream-notes.js'
import type { Io } from '../../io.js'
import { Progress } from '../../terminal/progress.js'
import { EventFileWriter, eventTarget } from './event-file-writer.js'

export interface RecordOptions extends HubOptions, RangeOptions, WhereOptions {
  output: string
  redact?: string[]
  count?: number
  /** ms */
  duration?: number
  strict?: boolean
}

/** Writes events to a file of frames as they happen, with values under the given paths replaced. */
export async function recordEvents(
  io: Io,
  filters: readonly string[],
  options: RecordOptions,
): Promise<void> {
  const filter = await filterOf(filters, options)
  const redactions = parseRedactions(options.redact ?? [])
  await withHub(io, { ...options, silent: true }, async (client) => {
    // The file is made before the first event, which may take long to come.
    const target = eventTarget(io, options.output, true)
    const writer = new EventFileWriter(target, client, { redactions, count: options.count })
    const progress = new Progress(io, () => `recorded ${writer.amount}`)
    const notes = new StreamNotes(io, options)
    const deadline = new Deadline(io.signal, options.duration)
    const range = subscribeOptions(options, deadline.signal)
    const subscription =
      options.to === undefined ? client.subscribe(filter, range) : client.read(filter, range)
    try {
      for await (const item of subscription.batches()) {
        if (item.status !== undefined) notes.note(item)
        else await writer.add(item)
        progress.tick()
        if (writer.isDone) break
      }
    } catch (error) {
      if (!deadline.passed && !io.signal.aborted) throw error
    } finally {
      deadline.clear()
      await subscription.close()
      progress.end()
      await writer.finish()
      io.note(`${writer.amount} recorded`)
    }
  })
}
