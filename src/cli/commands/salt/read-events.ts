import type { Client, GapStatus } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Event } from '../../../event/event.js'
import type { FilterInput } from '../../../protocols/native/protocol.js'
import { busAddresses, showAddress } from '../../../protocols/salt/client/address.js'
import { SaltConnection } from '../../../protocols/salt/client/index.js'
import { splitBody } from '../../../protocols/salt/codec/body.js'
import type { HubOptions, RangeOptions } from '../../help/options.js'
import { call, withHub } from '../../hub/connect.js'
import { StreamNotes, subscribeOptions } from '../../hub/stream-notes.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { type SaltBusOptions, saltOpts } from './opts.js'
import type { TagMatch } from './tag-match.js'

export interface ReadOptions extends SaltBusOptions, HubOptions, RangeOptions {
  /** Name of the bus in the hub's log; by default that of the node. */
  bus?: string
}

/** An event whose tag matches. */
export interface SaltEventBytes {
  tag: string
  /** msgpack */
  data: Uint8Array
}

/** Returns whether enough events were read. */
export type Take = (event: SaltEventBytes) => boolean | Promise<boolean>

/**
 * Passes events to `take` until it returns true or the signal fires: events of the log with `from`, else of the bus.
 */
export function readSaltEvents(
  io: Io,
  options: ReadOptions,
  match: TagMatch,
  signal: AbortSignal,
  take: Take,
): Promise<void> {
  if (options.from === undefined && options.to !== undefined)
    throw new TocsinError(
      'TCN_USAGE',
      '--to needs --from: without it events come from the socket, as they happen',
    )
  if (match.note !== undefined) io.note(match.note)
  if (options.from === undefined) return new BusReader(io, options, match, signal, take).run()
  return withHub(io, { ...options, silent: true }, (client) =>
    readLog(io, client, options, match, signal, take),
  )
}

async function readLog(
  io: Io,
  client: Client,
  options: ReadOptions,
  match: TagMatch,
  signal: AbortSignal,
  take: Take,
): Promise<void> {
  const bus = options.bus ?? options.node ?? 'master'
  const ofBus = { exact: { source: `salt/${bus}` } }
  const filter: FilterInput = match.filter === undefined ? ofBus : { all: [ofBus, match.filter] }
  const range = subscribeOptions(options, signal)
  const subscription = options.to === undefined ? client.subscribe(filter, range) : client.read(filter, range)
  const notes = new StreamNotes(io, { from: options.from })
  try {
    await noteMissingBus(io, client, bus)
    for await (const item of subscription) {
      if (item.status !== undefined) notes.note(item as GapStatus)
      else if (await take(bytesOf(item))) return
    }
  } finally {
    await subscription.close()
  }
}

function bytesOf(event: Event): SaltEventBytes {
  return { tag: event.tag, data: event.body }
}

/** Reads from the socket of a bus, and reconnects when the connection is lost. */
class BusReader {
  readonly #io: Io
  readonly #options: ReadOptions
  readonly #match: TagMatch
  readonly #signal: AbortSignal
  readonly #take: Take
  #faults = 0

  constructor(io: Io, options: ReadOptions, match: TagMatch, signal: AbortSignal, take: Take) {
    this.#io = io
    this.#options = options
    this.#match = match
    this.#signal = signal
    this.#take = take
  }

  async run(): Promise<void> {
    const { pub } = busAddresses(this.#options.node ?? 'master', saltOpts(this.#options))
    const signal = this.#signal
    const onFault = () => this.#leaveOut()
    let connection = await SaltConnection.open(pub, { signal, onFault })
    while (!(await this.#follow(connection))) {
      this.#io.note(`connection lost: ${showAddress(pub)}; events until it is back are missing`)
      connection = await SaltConnection.open(pub, {
        signal,
        timeout: Number.POSITIVE_INFINITY,
        onFault,
      })
      this.#io.note('connected again')
    }
    if (this.#faults > 1) this.#io.note(`left out: ${plural(this.#faults, 'record')} that are no Salt events`)
  }

  /** False when the connection is lost. */
  async #follow(connection: SaltConnection): Promise<boolean> {
    try {
      while (!this.#signal.aborted) {
        const body = await connection.read({ signal: this.#signal })
        const event = body && this.#parse(body)
        if (event !== undefined && (await this.#take(event))) return true
      }
      return true
    } catch (error) {
      if (!TocsinError.is(error, 'TCN_SALT_CLOSED')) throw error
      return false
    } finally {
      connection.close()
    }
  }

  #parse(body: Uint8Array): SaltEventBytes | undefined {
    try {
      const event = splitBody(body)
      return this.#match.test(event.tag) ? event : undefined
    } catch (error) {
      if (!TocsinError.is(error)) throw error
      this.#leaveOut()
      return undefined
    }
  }

  #leaveOut(): void {
    if (this.#faults++ === 0)
      this.#io.note('what comes from the bus is not all Salt events: the rest is left out')
  }
}

const MAX_BUSES = 1000
const PREFIX = 'salt/'

/** Notes that the log has no event of the bus, whose name may be wrong. */
export async function noteMissingBus(io: Io, client: Client, bus: string): Promise<void> {
  const { values, exact } = await call(io, client, 'events.facets', {
    filters: { prefix: { source: PREFIX } },
    field: 'source',
    from: 'start',
    limit: MAX_BUSES,
  })
  const buses = values.map(({ value }) => String(value).slice(PREFIX.length))
  if (!exact || buses.includes(bus)) return
  const others = buses.length === 0 ? ', nor of any other' : `; there are those of ${buses.sort().join(', ')}`
  io.note(`the log has no event of the bus ${bus}${others}`)
}
