import { connect } from '../../../client/index.js'
import { messageOf } from '../../../errors/thrown.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { lineFormat } from '../../output/line.js'

/**
 * Prints a line for each event of the hub since this process started. Events that are too fast for the terminal
 * are skipped, which is reported.
 */
export async function showLive(io: Io, socket: string, signal: AbortSignal): Promise<void> {
  const client = await connect({ address: socket, name: 'the terminal of the hub', signal })
  try {
    const format = lineFormat(await viewOf(io, client, true))
    const from = new Date(performance.timeOrigin).toISOString()
    for await (const item of client.subscribe(undefined, { from, lag: 'skip', signal }).batches()) {
      if (item.status === 'gap')
        io.note('events arrive faster than this terminal shows them; some are skipped')
      if (item.status !== undefined) continue
      io.out.write(
        item
          .events()
          .map((event) => format.encode(event))
          .join(''),
      )
      await io.out.room()
    }
  } catch (error) {
    if (!signal.aborted) io.note(`events are no longer shown here: ${messageOf(error)}`)
  } finally {
    await client.close()
  }
}
