import { TocsinError } from '../event/errors.js'
import { FrameWriter, type WriteOptions, type WrittenFrames } from '../event/frame-writer.js'
import { type ControlRecord, encodeRecord } from '../faces/native/codec.js'
import { Acknowledgements, type OnRefused } from './acknowledgements.js'
import type { AckLevel, PublishOptions } from './api.js'
import { KeptFrames } from './kept-frames.js'
import type { Link } from './link.js'
import type { Loss } from './loss.js'
import { Room, type Waiting } from './room.js'
import { soon } from './soon.js'
import type { Waiter } from './waiters.js'

/** What goes out with one write at most. */
const BATCH = 256
const BATCH_BYTES = 128 * 1024
/** Bytes sent and not acknowledged at most, whatever the window; always room for one event. */
const WINDOW_BYTES = 64 * 1024 * 1024

export interface PublisherOptions {
  window: number
  /** Until this an event counts against the window, and is kept to be sent again. */
  ack: AckLevel
  source?: string
  onStalled(): void
}

/**
 * The publishing side of a client: numbers the events, sends them in batches, keeps what is not settled
 * and sends it again on the next connection. The counters make that neither lose nor double: the hub
 * says in `welcome` how far it got.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #writer: FrameWriter
  readonly #kept = new KeptFrames()
  readonly #room: Room
  readonly #acknowledgements: Acknowledgements
  #link: Link | undefined
  #last: number
  #unsent = 0
  #ticking = false
  #failure: TocsinError | undefined

  constructor(link: Link, options: PublisherOptions) {
    const { source, lastCounter, largestFrame } = link.welcome
    this.#options = options
    this.#last = lastCounter
    this.#writer = new FrameWriter({
      source: options.source ?? source,
      firstCounter: lastCounter + 1,
      maxFrame: largestFrame,
    })
    this.#room = new Room(() => this.isFull, options.onStalled)
    this.#acknowledgements = new Acknowledgements(link.welcome, (counter) => {
      this.#kept.release(counter)
      this.#room.progress()
    })
    this.#link = link
  }

  get isFull(): boolean {
    return (
      this.#unsettled >= this.#options.window || this.#kept.bytes + this.#writer.pendingBytes >= WINDOW_BYTES
    )
  }

  /** Nothing can be published any more. */
  get isOver(): boolean {
    return this.#failure !== undefined
  }

  /** Counter of the last event written. */
  get last(): number {
    return this.#last
  }

  /** Who is asked about each event that was refused and nobody waits for. */
  get refusals(): Set<OnRefused> {
    return this.#acknowledgements.refusals
  }

  /** Lets it enter as soon as there is room in the window, after those who asked before. */
  whenRoom(waiting: Waiting, signal?: AbortSignal): void {
    if (this.#failure !== undefined) waiting.fail(this.#failure)
    else this.#room.wait(waiting, signal)
  }

  push(tag: string, data: unknown): boolean {
    this.#check()
    this.#last = this.#writer.write(tag, data)
    this.#wrote(this.#options.ack)
    return !this.isFull
  }

  /** Writes one event and returns its counter. */
  write(tag: string, data: unknown, options: WriteOptions, ack: AckLevel): number {
    this.#check()
    this.#last = this.#writer.write(tag, data, options)
    this.#wrote(ack)
    return this.#last
  }

  /** The same for a body that is msgpack already. */
  writeEncoded(tag: string, body: Uint8Array, options: WriteOptions, ack: AckLevel): number {
    this.#check()
    this.#last = this.#writer.writeEncoded(tag, body, options)
    this.#wrote(ack)
    return this.#last
  }

  /** Writes an event that the hub holds until all subscribers of the gate have answered. */
  writeGated(tag: string, data: unknown, options: PublishOptions & { gate: string }, ack: AckLevel): number {
    this.#check()
    this.flush()
    const { gate, deadline } = options
    const before = encodeRecord('gate', { name: gate, counter: this.#last + 1, deadline })
    this.#last = this.#writer.write(tag, data, options)
    if (ack === 'durable') this.#acknowledgements.wantDurable(this.#last)
    const piece = this.#writer.take() as WrittenFrames
    this.#kept.add({ ...piece, before })
    this.#link?.write([before, piece.bytes])
    this.#askDurable()
    return this.#last
  }

  wait(waiter: Waiter): void {
    if (this.#failure !== undefined) waiter.reject(this.#failure)
    else this.#acknowledgements.wait(waiter)
  }

  takeProblem(): TocsinError | undefined {
    return this.#acknowledgements.takeProblem()
  }

  /** Asks that everything written so far is made durable. */
  wantDurable(): void {
    this.#acknowledgements.wantDurable(this.#last)
    this.flush()
  }

  flush(): void {
    this.#unsent = 0
    for (let piece = this.#writer.take(); piece !== undefined; piece = this.#writer.take()) {
      this.#kept.add(piece)
      this.#link?.write([piece.bytes])
    }
    this.#askDurable()
  }

  record(record: ControlRecord): boolean {
    const isMine = this.#acknowledgements.record(record)
    if (isMine) this.#askDurable()
    return isMine
  }

  // ---- connections come and go

  linked(link: Link): void {
    const { lastCounter, largestFrame } = link.welcome
    if (lastCounter > this.#last) {
      const reason = 'somebody else published under this producer name meanwhile'
      throw new TocsinError('TCN_BUS_PRODUCER_TAKEN_OVER', reason)
    }
    this.#writer.maxFrame = largestFrame
    this.#acknowledgements.resume(link.welcome)
    // What is written from here on, also by those who waited for room until now, goes behind what goes again.
    this.flush()
    const again = [...this.#kept.after(Math.max(lastCounter, this.#acknowledgements.settled))]
    if (again.length > 0) link.write(again)
    this.#link = link
    this.#askDurable()
  }

  unlinked(loss: Loss): void {
    this.#link = undefined
    this.#room.calm()
    this.#acknowledgements.dropGates(loss.message)
  }

  fail(error: TocsinError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#link = undefined
    this.#acknowledgements.fail(error)
    this.#room.fail(error)
  }

  // ---- sending

  get #unsettled(): number {
    return this.#last - this.#acknowledgements.settled
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#unsettled < 2 * this.#options.window && this.#kept.bytes < 2 * WINDOW_BYTES) return
    throw new TocsinError('TCN_CLIENT_WINDOW')
  }

  /** The first event of a quiet connection leaves at once, those after it in the same turn together. */
  #wrote(ack: AckLevel): void {
    if (ack === 'durable') this.#acknowledgements.wantDurable(this.#last)
    this.#unsent++
    if (!this.#ticking) {
      this.#ticking = true
      soon(this.#tick)
      this.flush()
    } else if (this.#unsent >= BATCH || this.#writer.pendingBytes >= BATCH_BYTES) {
      this.flush()
    }
  }

  #tick = (): void => {
    this.#ticking = false
    if (this.#unsent > 0) this.flush()
  }

  #askDurable(): void {
    if (this.#link === undefined) return
    const counter = this.#acknowledgements.takeDurableWish()
    if (counter !== undefined) this.#link.send('durable', { counter })
  }
}
