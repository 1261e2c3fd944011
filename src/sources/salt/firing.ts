import type { Socket } from 'node:net'
import { messageOf } from '../../errors/thrown.js'
import { copyBytes } from '../../event/copy-bytes.js'
import { formatCursor } from '../../event/cursor.js'
import {
  bodyStart,
  frameBytes,
  frameSeq,
  frameTime,
  HEADER_BYTES,
  SEPARATOR_BYTES,
  sourceLength,
  tagStart,
} from '../../event/frame.js'
import { scatteredPause } from '../../event/retry-pause.js'
import type { Cancel } from '../../event/runtime.js'
import type { SaltAddress } from '../../protocols/salt/client/address.js'
import { dial } from '../../protocols/salt/client/dial.js'
import { bodyKey, type Echoes, isStamped, KnownBodies } from '../../protocols/salt/codec/echoes.js'
import { foreignBody } from '../../protocols/salt/codec/foreign.js'
import { encodeFrame } from '../../protocols/salt/codec/frame.js'
import type { SourceContext, SourceSink, SourceSubscription } from '../source.js'

const PAUSES = { first: 1_000, longest: 60_000 }
/** Salt acts on events, so that older ones are not fired. */
const MAX_AGE_US = 3600 * 1e6

export interface FiringOptions {
  filters: string[]
  address: SaltAddress
  context: SourceContext
  echoes: Echoes
  /** `epoch-seq` of the event fired last. */
  from: string | undefined
  /** Called when the cursor has moved. */
  moved(): void
}

interface Chosen {
  bodies: Uint8Array[]
  keys: string[]
}

interface QueuedBatch {
  frames: Uint8Array
  /** Keys of its bodies. */
  keys: string[]
  lastSeq: number
}

/**
 * Fires events of the hub into the bus. Events that the socket has not accepted are kept here; while the bus cannot be
 * reached, the subscription waits in the log.
 */
export class Firing implements SourceSink {
  readonly #options: FiringOptions
  readonly #own: Uint8Array
  #subscription: SourceSubscription | undefined
  #socket: Socket | undefined
  #queue: QueuedBatch[] = []
  #queued = 0
  #cursor: string | undefined
  #failures = 0
  #again: Cancel | undefined
  #stopped = false
  /** Why the bus is not connected. */
  fault: string | undefined
  fired = 0
  /** Number of events that were not fired because the bus has had them. */
  repeats = 0
  /** Bodies that the bus has sent or received. They are not fired again, whichever way they arrive here. */
  readonly known: KnownBodies

  constructor(options: FiringOptions) {
    this.#options = options
    this.#own = new TextEncoder().encode(options.context.origin)
    this.#cursor = options.from
    this.known = new KnownBodies(options.context.runtime)
  }

  /** Where to resume after a restart. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  async start(): Promise<void> {
    const { context, filters } = this.#options
    await this.#connect()
    const request = { filters, from: this.#cursor, label: context.origin }
    this.#subscription = await context.subscribe(request, this)
    if (this.#stopped) this.#subscription.close()
  }

  stop(): void {
    this.#stopped = true
    this.#again?.()
    this.#subscription?.close()
    this.#socket?.end()
  }

  // ---- events of the hub

  get pending(): number {
    return this.#queued
  }

  write(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) if (!this.#stopped) this.#take(piece)
  }

  position(seq: number): void {
    if (this.#queue.length === 0 && !this.#stopped) this.#moveTo(seq)
  }

  gap(reason: string): void {
    this.#options.context.lost(undefined, `events to fire are missing: ${reason}`)
  }

  end(error: Error | undefined): void {
    if (error !== undefined && !this.#stopped) this.#options.context.failed(error)
  }

  #take(frames: Uint8Array): void {
    const { context } = this.#options
    const oldest = context.runtime.now() - MAX_AGE_US
    const chosen: Chosen = { bodies: [], keys: [] }
    let stale = 0
    let seq = 0
    for (let at = 0; at < frames.length; ) {
      const end = at + frameBytes(frames, at)
      seq = frameSeq(frames, at)
      if (!this.#isOwn(frames, at)) {
        if (frameTime(frames, at) < oldest) stale++
        else if (!this.#attempt(chosen, frames, at, end)) return
      }
      at = end
    }
    context.lost(stale, 'not fired: the bus could not be reached for more than an hour')
    const { bodies, keys } = chosen
    if (bodies.length === 0) {
      const last = this.#queue.at(-1)
      if (last === undefined) this.#moveTo(seq)
      else last.lastSeq = seq
      return
    }
    const batch = { frames: Buffer.concat(bodies.map(encodeFrame)), keys, lastSeq: seq }
    this.#queue.push(batch)
    this.#queued += batch.frames.length
    this.#send(batch)
  }

  /** Returns false if the source begins again with this event. Nothing moves the position past it until then. */
  #attempt(chosen: Chosen, frames: Uint8Array, at: number, end: number): boolean {
    const seq = frameSeq(frames, at)
    const { context } = this.#options
    const choose = () => {
      this.#choose(chosen, frames, at, end)
      return true
    }
    const isTaken = context.attempt(choose, () => ({
      place: `${context.epoch} ${seq}`,
      raw: copyBytes(frames, at, end),
      seq,
    }))
    if (!isTaken) this.stop()
    return isTaken
  }

  #choose({ bodies, keys }: Chosen, frames: Uint8Array, at: number, end: number): void {
    const body = toBody(frames, at, end)
    const key = bodyKey(body)
    if (isOfSalt(frames, at, end) && this.known.has(key)) {
      this.repeats++
      return
    }
    this.known.add(key)
    bodies.push(body)
    keys.push(key)
  }

  /** Returns whether the event came from this bus. */
  #isOwn(frames: Uint8Array, at: number): boolean {
    const own = this.#own
    return (
      sourceLength(frames, at) === own.length &&
      own.every((byte, index) => frames[at + HEADER_BYTES + index] === byte)
    )
  }

  #send(batch: QueuedBatch): void {
    const socket = this.#socket
    if (socket === undefined) return
    for (const key of batch.keys) this.#options.echoes.add(key)
    socket.write(batch.frames, (error) => {
      if (error === undefined || error === null) this.#sent(batch)
    })
  }

  #sent(batch: QueuedBatch): void {
    if (this.#queue[0] !== batch) return
    this.#queue.shift()
    this.#queued -= batch.frames.length
    this.fired += batch.keys.length
    this.#moveTo(batch.lastSeq)
    if (this.#queued === 0) this.#subscription?.drained()
  }

  #moveTo(seq: number): void {
    this.#cursor = formatCursor(this.#options.context.epoch, seq)
    this.#options.moved()
  }

  // ---- the socket

  async #connect(): Promise<void> {
    try {
      const socket = await dial(this.#options.address)
      if (this.#stopped) return void socket.destroy()
      this.#socket = socket
      this.fault = undefined
      this.#failures = 0
      // The bus never sends anything on this socket; reading notices when the bus closes it.
      socket.resume().once('close', () => this.#closed('the bus closed the connection'))
      for (const batch of this.#queue) this.#send(batch)
    } catch (error) {
      this.#closed(messageOf(error))
    }
  }

  #closed(reason: string): void {
    this.#socket = undefined
    if (this.#stopped) return
    this.fault = reason
    const { runtime } = this.#options.context
    this.#again = runtime.after(scatteredPause(++this.#failures, PAUSES, runtime), () => void this.#connect())
  }
}

/** Returns whether the event is from a Salt bus and has its sender's time: then equal bodies are the same event. */
function isOfSalt(frames: Uint8Array, at: number, end: number): boolean {
  const start = at + HEADER_BYTES
  return (
    SALT.every((byte, index) => frames[start + index] === byte) &&
    isStamped(frames, bodyStart(frames, at), end)
  )
}

const SALT = new TextEncoder().encode('salt/')

/** Returns the body to fire; unchanged if the event comes from Salt. */
function toBody(frames: Uint8Array, at: number, end: number): Uint8Array {
  const data = bodyStart(frames, at)
  const tag = frames.subarray(tagStart(frames, at), data - SEPARATOR_BYTES)
  return foreignBody(tag, frames.subarray(data, end), frameTime(frames, at))
}
