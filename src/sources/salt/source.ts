import type { Socket } from 'node:net'
import { z } from 'zod'
import { catalogue } from '../../errors/catalogue.js'
import { messageOf } from '../../errors/thrown.js'
import { isCursor } from '../../event/cursor.js'
import type { Cancel } from '../../event/runtime.js'
import { compileFilter, type Matcher, parseFilter } from '../../filter/index.js'
import { showAddress } from '../../protocols/salt/client/address.js'
import { dial } from '../../protocols/salt/client/dial.js'
import { bodyKey, type Echoes, sharedEchoes } from '../../protocols/salt/codec/echoes.js'
import { type FrameFault, FrameSplitter } from '../../protocols/salt/codec/frame.js'
import { UNREGISTERED } from '../../types/event-type.js'
import { RawEvents, type RawFault } from '../raw-events.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { configuredAddresses, type SaltSourceConfig } from './config.js'
import { type Duplicates, sharedDuplicates } from './duplicates.js'
import { Firing } from './firing.js'

/** Kept while the hub accepts no events. The bus is always read, since on Salt 3007 one slow subscriber stops all. */
const MAX_WAITING_BYTES = 16 * 2 ** 20
const RETRY_MS = 20
const HEARTBEAT_MS = 10_000
const AWAY = 'not connected to the bus, which keeps no events'

const position = z.object({
  /** Until this time no event is missing, µs since the epoch. */
  seen: z.number().optional(),
  /** Cursor of the event that was fired last. */
  fired: z.string().refine(isCursor).optional(),
})
type Position = z.output<typeof position>

/** Publishes the events of a Salt bus, and fires events of the hub into it. */
export class SaltSource implements Source {
  readonly #config: SaltSourceConfig
  readonly #filter: Matcher
  #context!: SourceContext
  #events!: RawEvents
  #echoes!: Echoes
  #duplicates: Duplicates | undefined
  #firing: Firing | undefined
  #socket: Socket | undefined
  #seen = 0
  #again: Cancel | undefined
  #heartbeat: Cancel | undefined
  #stopped = false
  /** Faults of one read, with their number. */
  #faults = new Map<string, number>()
  readonly #counts = { duplicates: 0, echoes: 0 }

  constructor(config: SaltSourceConfig) {
    this.#config = config
    this.#filter = compileFilter(parseFilter(config.filter), { typeOf: () => UNREGISTERED })
  }

  async start(context: SourceContext): Promise<void> {
    this.#prepare(context)
    const { seen, fired } = (await context.load((stored) => position.parse(stored))) ?? {}
    const addresses = configuredAddresses(this.#config)
    const socket = await dial(addresses.pub)
    if (this.#stopped) return void socket.destroy()
    this.#socket = socket
    if (seen !== undefined) context.lost(undefined, AWAY, seen)
    this.#read(socket)
    this.#beat()
    if (this.#config.fire.length === 0) return
    this.#firing = new Firing({
      filters: this.#config.fire,
      address: addresses.pull,
      context,
      echoes: this.#echoes,
      from: fired,
      moved: () => this.#moved(),
    })
    await this.#firing.start()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#again?.()
    this.#heartbeat?.()
    this.#firing?.stop()
    this.#socket?.destroy()
  }

  health(): SourceHealth {
    const { fault, fired, repeats } = this.#firing ?? {}
    const address = showAddress(configuredAddresses(this.#config).pub)
    const waiting = this.#events?.waitingEvents ?? 0
    return {
      state: fault === undefined && waiting === 0 ? 'up' : 'degraded',
      reason: fault ?? (waiting > 0 ? `${waiting} events wait for the hub` : undefined),
      details: { address, ...this.#counts, ...(waiting > 0 && { waiting }), fired, repeats, fire: fault },
    }
  }

  #prepare(context: SourceContext): void {
    const { runtime, origin, largestFrame } = context
    const { duplicates } = this.#config
    this.#context = context
    this.#echoes = sharedEchoes(runtime)
    this.#echoes.watched = true
    this.#duplicates = duplicates && sharedDuplicates(duplicates, runtime)
    this.#events = new RawEvents({
      origin,
      largestFrame,
      maxWaitingBytes: MAX_WAITING_BYTES,
      accepts: (frames, at) => this.#accepts(frames, at),
      publish: (frames, count) => context.publishFrames(frames, count),
    })
  }

  #accepts(frames: Uint8Array, at: number): boolean {
    if (!this.#filter.all && !this.#filter.matches(frames, at)) return false
    if (this.#duplicates?.isDuplicate(this.#context.origin, frames, at) !== true) return true
    this.#counts.duplicates++
    return false
  }

  // ---- events of the bus

  #read(socket: Socket): void {
    const splitter = new FrameSplitter({
      onBody: (bytes, start, end) => {
        const take = () => {
          this.#take(bytes, start, end)
          return true
        }
        this.#context.attempt(take, () => ({ raw: bytes.subarray(start, end) }))
      },
      onFault: (fault) => this.#fault(faultText(fault)),
    })
    socket.on('data', (chunk: Buffer) => {
      try {
        splitter.push(chunk)
      } catch (error) {
        this.#end(`the data of the bus cannot be read: ${messageOf(error)}`)
      }
      this.#flush()
    })
    socket.once('close', () => this.#end('the bus closed the connection'))
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    const key = bodyKey(bytes.subarray(start, end))
    this.#firing?.known.add(key)
    if (this.#echoes.has(key)) {
      this.#counts.echoes++
      return
    }
    const taken = this.#events.add(bytes, start, end)
    if (typeof taken === 'string') this.#fault(faultText(taken))
  }

  #fault(reason: string): void {
    this.#faults.set(reason, (this.#faults.get(reason) ?? 0) + 1)
  }

  #flush(): void {
    if (this.#stopped) return
    for (const [reason, count] of this.#faults) this.#context.lost(count, reason)
    this.#faults.clear()
    this.#publish()
  }

  #publish(): void {
    this.#again?.()
    this.#again = undefined
    if (this.#stopped) return
    if (this.#events.flush()) {
      this.#seen = this.#context.runtime.now()
      this.#moved()
      return
    }
    this.#again = this.#context.runtime.after(RETRY_MS, () => this.#publish())
  }

  /** Ends the instance; the hub restarts the source after a growing pause. */
  #end(reason: string): void {
    const socket = this.#socket
    if (socket === undefined || this.#stopped) return
    this.#socket = undefined
    socket.destroy()
    this.#flush()
    this.#context.lost(this.#events.waitingEvents, faultText('full'))
    this.#context.failed(new Error(reason))
  }

  #beat(): void {
    this.#publish()
    this.#heartbeat = this.#context.runtime.after(HEARTBEAT_MS, () => this.#beat())
  }

  #moved(): void {
    this.#context.moved((): Position => ({ seen: this.#seen, fired: this.#firing?.cursor }))
  }
}

function faultText(fault: RawFault | FrameFault): string {
  if (fault === 'full') return 'the hub accepted no events'
  const text = fault in catalogue ? catalogue[fault as keyof typeof catalogue].summary : `it is ${fault}`
  return `the bus sent data that is not an event: ${text}`
}
