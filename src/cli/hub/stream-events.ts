import type { LagPolicy } from '../../bus/api.js'
import type { EventBatch, Subscription } from '../../client/api.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { StreamOptions } from '../help/options.js'
import type { Io } from '../io.js'
import type { EventFormat } from '../output/formats.js'
import { needsTypes, openFormat } from '../output/open-format.js'
import { formatSpan } from '../terminal/figures.js'
import { Deadline, withHub } from './connect.js'
import { filterOf } from './filter-argument.js'
import { StreamNotes, subscribeOptions } from './stream-notes.js'
import { viewOf } from './view.js'

export interface StreamRequest extends StreamOptions {
  filters: readonly string[]
  /** Ends at `to`, by default at the current end of the log. */
  ends: boolean
  /** Fails unless `count` events come within `timeout`. */
  needed?: boolean
  lag?: LagPolicy
  consumer?: string
}

/** Prints events as they arrive, until a limit of the request is reached. */
export async function streamEvents(io: Io, request: StreamRequest): Promise<void> {
  const limit = request.needed ? request.timeout : request.duration
  const filter = await filterOf(request.filters, request.where)
  await withHub(io, { ...request, timeout: request.timeout ?? limit, silent: true }, async (client) => {
    const format = await openFormat(request, await viewOf(io, client, needsTypes(request)), io.out.isTerminal)
    const deadline = new Deadline(io.signal, limit)
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
    if (printed < wanted) throw tooLate(request.count, printed, limit)
  })
}

function tooLate(count: number | undefined, printed: number, limit: number | undefined): TocsinError {
  const what = printed === 0 ? 'no event matched' : `${printed} of ${count} events matched`
  const when = limit === undefined ? '' : ` within ${formatSpan(limit * 1000)}`
  return new TocsinError('TCN_CLIENT_TIMEOUT', what + when)
}

class Printer {
  printed = 0
  readonly #io: Io
  readonly #format: EventFormat
  readonly #request: StreamRequest
  readonly #subscription: Subscription
  readonly #notes: StreamNotes
  readonly #max: number

  constructor(io: Io, format: EventFormat, request: StreamRequest, subscription: Subscription) {
    this.#io = io
    this.#format = format
    this.#request = request
    this.#subscription = subscription
    this.#notes = new StreamNotes(io, request)
    this.#max = request.count ?? Number.POSITIVE_INFINITY
  }

  async run(): Promise<void> {
    for await (const item of this.#subscription.batches()) {
      if (item.status !== undefined) {
        this.#notes.note(item)
        continue
      }
      await this.#print(item)
      if (this.printed >= this.#max || this.#io.out.closed) return
    }
  }

  async #print(batch: EventBatch): Promise<void> {
    const all = batch.events()
    const events = all.length > this.#max - this.printed ? all.slice(0, this.#max - this.printed) : all
    this.#io.out.write(joined(events.map((event) => this.#format.encode(event))))
    this.printed += events.length
    await this.#io.out.room()
    // Events of a durable consumer are acknowledged only when the reader of the output has them.
    if (this.#request.consumer !== undefined) {
      await this.#io.out.flush()
      if (!this.#io.out.closed) this.#subscription.ack(events)
    }
  }
}

/** One write for the whole batch. */
function joined(pieces: readonly (string | Uint8Array)[]): string | Uint8Array {
  return typeof pieces[0] === 'string' ? pieces.join('') : Buffer.concat(pieces as Uint8Array[])
}
