import type { LagPolicy } from '../bus/api.js'
import type { EventBatch, Subscription } from '../client/api.js'
import { TocsinError } from '../event/errors.js'
import { Deadline } from './deadline.js'
import { formatSpan } from './figures.js'
import { filterOf } from './filter-argument.js'
import { withHub } from './hub.js'
import type { Io } from './io.js'
import type { StreamOptions } from './options.js'
import type { EventFormat } from './output/format.js'
import { needsTypes, openFormat } from './output/open-format.js'
import { StreamNotes } from './stream-notes.js'
import { subscribeOptions } from './subscribe-options.js'
import { viewOf } from './view.js'

export interface StreamRequest extends StreamOptions {
  filters: readonly string[]
  /** Ends at `to`, by default at the end of the log as it is now. */
  ends: boolean
  /** `count` events must come, else it is a failure. */
  needed?: boolean
  lag?: LagPolicy
  consumer?: string
}

/** Prints events as they come, until it is enough. */
export async function streamEvents(io: Io, request: StreamRequest): Promise<void> {
  const filter = await filterOf(request.filters, request.where)
  await withHub(io, { ...request, silent: true }, async (client) => {
    const format = await openFormat(request, await viewOf(io, client, needsTypes(request)), io.out.isTerminal)
    const deadline = new Deadline(io.signal, request.timeout)
    const options = subscribeOptions(request, deadline.signal)
    const subscription = request.ends ? client.read(filter, options) : client.subscribe(filter, options)
    const printer = new Printer(io, format, request, subscription)
    try {
      await printer.run()
    } catch (error) {
      if (!deadline.passed) throw error
    } finally {
      deadline.clear()
      await subscription.close()
    }
    io.signal.throwIfAborted()
    const { printed } = printer
    const wanted = request.needed ? (request.count ?? 1) : deadline.passed ? 1 : 0
    if (printed < wanted) throw tooLate(request, printed)
  })
}

function tooLate({ count, timeout }: StreamRequest, printed: number): TocsinError {
  const what = printed === 0 ? 'no event matched' : `${printed} of ${count} events matched`
  const when = timeout === undefined ? '' : ` within ${formatSpan(timeout * 1000)}`
  return new TocsinError('TCN_CLIENT_TIMEOUT', what + when)
}

class Printer {
  printed = 0
  readonly #io: Io
  readonly #format: EventFormat
  readonly #request: StreamRequest
  readonly #subscription: Subscription
  readonly #notes: StreamNotes
  readonly #most: number

  constructor(io: Io, format: EventFormat, request: StreamRequest, subscription: Subscription) {
    this.#io = io
    this.#format = format
    this.#request = request
    this.#subscription = subscription
    this.#notes = new StreamNotes(io, request)
    this.#most = request.count ?? Number.POSITIVE_INFINITY
  }

  async run(): Promise<void> {
    for await (const item of this.#subscription.batches()) {
      if (item.status !== undefined) {
        this.#notes.note(item)
        continue
      }
      await this.#print(item)
      if (this.printed >= this.#most || this.#io.out.closed) return
    }
  }

  async #print(batch: EventBatch): Promise<void> {
    const all = batch.events()
    const events = all.length > this.#most - this.printed ? all.slice(0, this.#most - this.printed) : all
    this.#io.out.write(joined(events.map((event) => this.#format.encode(event))))
    this.printed += events.length
    await this.#io.out.room()
    // What a durable consumer printed is done only when the reader of the output has it.
    if (this.#request.consumer !== undefined) {
      await this.#io.out.flush()
      if (!this.#io.out.closed) this.#subscription.ack(events)
    }
  }
}

/** One write a batch. */
function joined(pieces: readonly (string | Uint8Array)[]): string | Uint8Array {
  return typeof pieces[0] === 'string' ? pieces.join('') : Buffer.concat(pieces as Uint8Array[])
}
