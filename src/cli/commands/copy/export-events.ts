import type { Client } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HubOptions, RangeOptions, WhereOptions } from '../../help/options.js'
import { Deadline, withHub } from '../../hub/connect.js'
import { filterOf } from '../../hub/filter-argument.js'
import { reportedWork } from '../../hub/reported-work.js'
import { StreamNotes, subscribeOptions } from '../../hub/stream-notes.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { Progress } from '../../terminal/progress.js'
import { EventFileWriter, eventTarget } from './event-file-writer.js'

export interface ExportOptions extends HubOptions, RangeOptions, WhereOptions {
  output?: string
  frames?: boolean
  /** ms */
  duration?: number
  strict?: boolean
}

/** Writes what is in the log, as it was when the command began. */
export async function exportEvents(
  io: Io,
  filters: readonly string[],
  options: ExportOptions,
): Promise<void> {
  const { output, frames = false } = options
  const filter = await filterOf(filters, options)
  const exportFrom = async (client: Client) => {
    const view = frames ? undefined : await viewOf(io, client, true)
    const target = eventTarget(io, output, frames)
    const writer = new EventFileWriter(target, client, { view })
    const progress = new Progress(io, () => `exported ${writer.amount}`)
    const notes = new StreamNotes(io, { strict: options.strict })
    const deadline = new Deadline(io.signal, options.duration)
    const range = { from: options.from ?? 'start', to: options.to }
    const subscription = client.read(filter, subscribeOptions(range, deadline.signal))
    try {
      for await (const item of subscription.batches()) {
        if (item.status !== undefined) notes.note(item)
        else await writer.add(item)
        progress.tick()
        if (writer.isDone) break
      }
      await writer.finish()
      progress.end()
      report(io, writer, true, subscription.cursor)
    } catch (error) {
      progress.end()
      report(io, writer, false, subscription.cursor)
      throw deadline.passed ? new TocsinError('TCN_CLIENT_TIMEOUT', 'the export took too long') : error
    } finally {
      deadline.clear()
      await subscription.close()
    }
  }
  await withHub(io, { ...options, silent: true }, (client) =>
    reportedWork(io, client, 'export', () => exportFrom(client)),
  )
}

function report(io: Io, { events, amount }: EventFileWriter, complete: boolean, cursor?: string): void {
  if (!complete && events > 0) io.note(`the export is not complete: ${amount}, up to ${cursor}`)
  else if (io.err.isTTY === true) io.note(`${amount}${cursor ? `, up to ${cursor}` : ''}`)
}
