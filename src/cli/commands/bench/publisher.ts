import type { Client } from '../../../client/api.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HubOptions } from '../../help/options.js'
import { withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import type { FromPublisher, PublisherTask, ToPublisher } from './messages.js'
import { fillerText } from './plan.js'

const TELL_MS = 100

/** One publisher at full speed. It does what the command that started it says, and ends with it. */
export async function publishForBench(io: Io, options: HubOptions): Promise<void> {
  if (process.send === undefined)
    throw new TocsinError('TCN_USAGE', '--as-publisher is for tocsin bench itself')
  let sent = 0
  const over = new AbortController()
  try {
    await withHub(io, { ...options, silent: true }, async (client) => {
      const task = await taskFrom(over)
      const started = performance.now()
      for await (sent of publishAll(client, task, over.signal)) void tell({ state: 'publishing', sent })
      await client.drain()
      await tell({ state: 'done', sent, took: performance.now() - started })
    })
  } catch (error) {
    const code = error instanceof TocsinError ? error.code : 'TCN_INTERNAL'
    await tell({ state: 'failed', sent, code, message: messageOf(error) })
  }
}

function taskFrom(over: AbortController): Promise<PublisherTask> {
  return new Promise((resolve, reject) => {
    process.on('message', (message: ToPublisher) => {
      if ('start' in message) resolve(message.start)
      else over.abort()
    })
    process.once('disconnect', () => {
      over.abort()
      reject(new TocsinError('TCN_CLIENT_ABORTED', 'tocsin bench has ended'))
    })
    void tell({ state: 'ready' })
  })
}

/** Publishes as fast as the hub accepts, and yields the number of events from time to time. */
async function* publishAll(
  client: Client,
  { prefix, size, limit }: PublisherTask,
  signal: AbortSignal,
): AsyncGenerator<number> {
  const text = fillerText(size)
  let told = performance.now()
  let n = 0
  while (n < limit && !signal.aborted) {
    const hasRoom = client.push(`${prefix}${n % 100}`, { n: n++, sent: 0.5, text })
    if (hasRoom) continue
    await client.ready()
    if (performance.now() - told < TELL_MS) continue
    told = performance.now()
    yield n
  }
  yield n
}

/** Resolves when the message is on its way, since the end of the process would take it along. */
function tell(message: FromPublisher): Promise<void> {
  if (!process.connected || process.send === undefined) return Promise.resolve()
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}
