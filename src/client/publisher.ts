import { catalogue, type ErrorCode, TocsinError } from '../event/errors.js'
import { FrameWriter, type WrittenFrames } from '../event/frame-writer.js'
import { type ControlRecord, encodeRecord } from '../faces/native/codec.js'
import type { Accepted, GateDone, Refused } from '../faces/native/protocol.js'
import type { AckLevel, OutgoingEvent, PublishOptions } from './api.js'
import { KeptFrames } from './kept-frames.js'
import type { Link } from './link.js'
import { type Loss, lossError } from './loss.js'
import { Queue } from './queue.js'
import { Room } from './room.js'
import { soon } from './soon.js'
import { AcceptedRun, type Waiter } from './waiters.js'

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

export type NewEvent = Omit<OutgoingEvent, 'tag'>
export type OnRefused = (counter: number, error: TocsinError) => boolean

/**
 * The publishing side of a client: numbers the events, sends them in batches, keeps what is not
 * acknowledged and sends it again on the next connection. The counters make that neither lose nor
 * double: the hub says in `welcome` how far it got.
 *
 *   settled ≤ accepted ≤ last      settled: nobody needs it again; the window counts from here
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #writer: FrameWriter
  readonly #kept = new KeptFrames()
  readonly #room: Room
  #link: Link | undefined
  #epoch: string
  #last: number
  #settled: number
  /** As the hub said it. */
  #acceptedByHub: number
  /** With what was refused behind it. */
  #accepted: number
  readonly #refused = new Set<number>()
  #durable: number
  #durableWanted = 0
  #durableAsked = 0
  #unsent = 0
  #ticking = false
  readonly #forAccepted = new Queue<Waiter>()
  readonly #forDurable = new Queue<Waiter>()
  readonly #forGate = new Map<number, Waiter>()
  /** Asked about each event that was refused and nobody waits for. */
  readonly refusals = new Set<OnRefused>()
  #problem: TocsinError | undefined
  #failure: TocsinError | undefined

  constructor(link: Link, options: PublisherOptions) {
    const { source, lastCounter, largestFrame, epoch } = link.welcome
    this.#options = options
    this.#epoch = epoch
    this.#last = lastCounter
    this.#settled = lastCounter
    this.#acceptedByHub = lastCounter
    this.#accepted = lastCounter
    this.#durable = lastCounter
    this.#writer = new FrameWriter({
      source: options.source ?? source,
      firstCounter: lastCounter + 1,
      maxFrame: largestFrame,
    })
    this.#room = new Room(() => this.isFull, options.onStalled)
    this.#link = link
  }

  get isFull(): boolean {
    return (
      this.#last - this.#settled >= this.#options.window ||
      this.#kept.bytes + this.#writer.pendingBytes >= WINDOW_BYTES
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

  /** Runs `enter` as soon as there is room in the window, after those who asked before. */
  whenRoom(enter: () => void, fail: (error: unknown) => void, signal?: AbortSignal): void {
    if (this.#failure !== undefined) fail(this.#failure)
    else this.#room.wait(enter, fail, signal)
  }

  push(tag: string, data: unknown): boolean {
    this.#check()
    this.#last = this.#writer.write(tag, data)
    this.#wrote()
    return !this.isFull
  }

  /** Writes one event and returns its counter. */
  write(tag: string, event: NewEvent, ack: AckLevel): number {
    this.#check()
    const { data, body } = event
    this.#last =
      body === undefined ? this.#writer.write(tag, data, event) : this.#writer.writeEncoded(tag, body, event)
    if (ack === 'durable') this.#durableWanted = this.#last
    this.#wrote()
    return this.#last
  }

  /** Writes an event that the hub holds until all subscribers of the gate have answered. */
  writeGated(tag: string, event: NewEvent, options: PublishOptions & { gate: string }): number {
    this.flush()
    const name = options.gate
    const before = encodeRecord('gate', { name, counter: this.#last + 1, deadline: options.deadline })
    this.#check()
    this.#last = this.#writer.write(tag, event.data, event)
    if (options.ack === 'durable') this.#durableWanted = this.#last
    const piece = this.#writer.take() as WrittenFrames
    this.#kept.add({ ...piece, before })
    this.#link?.write([before, piece.bytes])
    this.#askDurable()
    return this.#last
  }

  wait(waiter: Waiter): void {
    if (this.#failure !== undefined) waiter.reject(this.#failure)
    else if (waiter.counter > this.#accepted) this.#forAccepted.push(waiter)
    else this.#passed(waiter)
  }

  /** The first error that nobody was told, since the last call. */
  takeProblem(): TocsinError | undefined {
    const problem = this.#problem
    this.#problem = undefined
    return problem
  }

  /** Asks that everything written so far is made durable. */
  wantDurable(): void {
    this.#durableWanted = this.#last
    this.flush()
    this.#askDurable()
  }

  flush(): void {
    this.#unsent = 0
    for (let piece = this.#writer.take(); piece !== undefined; piece = this.#writer.take()) {
      this.#kept.add(piece)
      this.#link?.write([piece.bytes])
    }
    this.#askDurable()
  }

  // ---- connections come and go

  linked(link: Link): void {
    const { lastCounter, refused, epoch, largestFrame } = link.welcome
    if (lastCounter > this.#last) {
      throw new TocsinError(
        'TCN_BUS_PRODUCER_TAKEN_OVER',
        'somebody else published under this producer name meanwhile',
      )
    }
    this.flush()
    this.#writer.maxFrame = largestFrame
    this.#noteLost(lastCounter, epoch)
    this.#epoch = epoch
    if (lastCounter < this.#acceptedByHub) this.#takeBack(lastCounter)
    this.#acceptedByHub = lastCounter
    for (const refusal of refused ?? []) this.#refuse(refusal.counter, refusalError(refusal.code))
    this.#advance(new AcceptedRun(lastCounter, undefined, 0))
    this.#dropGates('the connection was lost while the gate was open; the event is accepted')
    // What is written from here on, also by those who waited for room until now, goes behind what goes again.
    this.flush()
    const again = [...this.#kept.after(Math.max(lastCounter, this.#settled))]
    if (again.length > 0) link.write(again)
    this.#link = link
    this.#durableAsked = 0
    this.#askDurable()
  }

  unlinked(loss: Loss): void {
    this.#link = undefined
    this.#room.calm()
    this.#dropGates(loss.message)
  }

  /** The hub released the gates of a connection that is no more. */
  #dropGates(message: string): void {
    for (const waiter of this.#forGate.values())
      waiter.reject(new TocsinError('TCN_CLIENT_UNREACHABLE', message))
    this.#forGate.clear()
  }

  fail(error: TocsinError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#link = undefined
    const waiting = [...this.#forAccepted, ...this.#forDurable, ...this.#forGate.values()]
    this.#forAccepted.clear()
    this.#forDurable.clear()
    this.#forGate.clear()
    for (const waiter of waiting) waiter.reject(error)
    this.#room.fail(error)
  }

  /** A hub that crashed lost what it had accepted after this: who waits for the disk waits for both again. */
  #takeBack(lastCounter: number): void {
    this.#accepted = Math.max(lastCounter, this.#settled)
    const waiting = [...this.#forDurable, ...this.#forAccepted]
    this.#forDurable.clear()
    this.#forAccepted.clear()
    for (const waiter of waiting) {
      if (waiter.counter <= this.#accepted) this.#forDurable.push(waiter)
      else this.#forAccepted.push(waiter)
    }
  }

  /** A hub that crashed may have lost what it had accepted and not flushed: that is said, not kept quiet. */
  #noteLost(lastCounter: number, epoch: string): void {
    const count = Math.min(this.#acceptedByHub, this.#settled) - lastCounter
    if (count <= 0 || epoch !== this.#epoch) return
    this.#problem ??= new TocsinError(
      'TCN_CLIENT_LOST',
      `the hub lost up to ${count} events that it had accepted`,
      {
        details: { count },
      },
    )
  }

  // ---- what the hub says

  record(record: ControlRecord): boolean {
    if (record.name === 'accepted') this.#onAccepted(record.body)
    else if (record.name === 'durable') this.#onDurable(record.body.counter)
    else if (record.name === 'refused') this.#onRefused(record.body)
    else if (record.name === 'gateDone') this.#onGateDone(record.body)
    else return false
    return true
  }

  #onAccepted({ counter, cursor, run }: Accepted): void {
    if (counter > this.#acceptedByHub) this.#acceptedByHub = counter
    this.#advance(new AcceptedRun(counter, cursor, run ?? 1))
  }

  #onDurable(counter: number): void {
    if (counter > this.#durable) this.#durable = counter
    this.#settle()
  }

  #onRefused({ counter, code, message, stage }: Refused): void {
    const error = lossError({ code, message })
    if (stage === 'durable') {
      this.#notDurable(counter, error)
      return
    }
    this.#refuse(counter, error)
    this.#advance(undefined)
  }

  #refuse(counter: number, error: TocsinError): void {
    if (counter <= this.#accepted || this.#refused.has(counter)) return
    this.#refused.add(counter)
    const waiter = this.#forAccepted.remove((each) => each.isEvent && each.counter === counter)
    if (waiter !== undefined) waiter.reject(error)
    else if (![...this.refusals].some((isTaken) => isTaken(counter, error))) this.#problem ??= error
  }

  /** Accepted, but the disk failed: whoever waits is told, and nothing is kept for it. */
  #notDurable(counter: number, error: TocsinError): void {
    const waiting = [...this.#forDurable]
    this.#forDurable.clear()
    for (const waiter of waiting) {
      if (waiter.counter > counter) this.#forDurable.push(waiter)
      else waiter.reject(error)
    }
    if (waiting.length === 0) this.#problem ??= error
    if (counter > this.#durable) this.#durable = counter
    this.#durableAsked = counter
    this.#settle()
    this.#askDurable()
  }

  #onGateDone(outcome: GateDone): void {
    const counter = outcome.counter ?? 0
    const waiter = this.#forGate.get(counter)
    if (waiter?.gate !== undefined) {
      this.#forGate.delete(counter)
      waiter.gate.outcome = outcome
      this.#passed(waiter)
      return
    }
    // It may come before `accepted`.
    for (const early of this.#forAccepted) {
      if (early.isEvent && early.counter === counter && early.gate !== undefined) early.gate.outcome = outcome
    }
  }

  #advance(run: AcceptedRun | undefined): void {
    this.#accepted = Math.max(this.#accepted, this.#acceptedByHub)
    if (this.#refused.size > 0) this.#countRefused()
    const queue = this.#forAccepted
    for (
      let waiter = queue.first;
      waiter !== undefined && waiter.counter <= this.#accepted;
      waiter = queue.first
    ) {
      queue.shift()
      waiter.cursor = run?.cursorOf(waiter.counter)
      this.#passed(waiter)
    }
    this.#settle()
  }

  /** What was refused behind the last accepted event is settled too. */
  #countRefused(): void {
    while (this.#refused.delete(this.#accepted + 1)) this.#accepted++
    for (const counter of this.#refused) if (counter <= this.#accepted) this.#refused.delete(counter)
  }

  #passed(waiter: Waiter): void {
    if (waiter.gate !== undefined && waiter.gate.outcome === undefined)
      this.#forGate.set(waiter.counter, waiter)
    else if (waiter.ack === 'durable' && waiter.counter > this.#durableUpTo) this.#forDurable.push(waiter)
    else waiter.resolve(waiter)
  }

  /** When all that was accepted is durable, nothing that was refused stands in the way. */
  get #durableUpTo(): number {
    return this.#durable >= this.#acceptedByHub ? Math.max(this.#durable, this.#accepted) : this.#durable
  }

  #settle(): void {
    const durable = this.#durableUpTo
    const queue = this.#forDurable
    for (let waiter = queue.first; waiter !== undefined && waiter.counter <= durable; waiter = queue.first) {
      queue.shift()
      waiter.resolve(waiter)
    }
    const settled = this.#durableWanted > durable ? Math.min(durable, this.#accepted) : this.#accepted
    if (settled <= this.#settled) return
    this.#settled = settled
    this.#kept.release(settled)
    this.#room.progress()
  }

  // ---- sending

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#last - this.#settled < 2 * this.#options.window && this.#kept.bytes < 2 * WINDOW_BYTES) return
    throw new TocsinError('TCN_CLIENT_WINDOW')
  }

  /** The first event of a quiet connection leaves at once, those after it in the same turn together. */
  #wrote(): void {
    if (this.#options.ack === 'durable') this.#durableWanted = this.#last
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
    if (this.#durableWanted <= this.#durableAsked || this.#link === undefined) return
    if (this.#durableWanted <= this.#durableUpTo) return
    this.#durableAsked = this.#durableWanted
    this.#link.send('durable', { counter: this.#durableWanted })
  }
}

function refusalError(code: string): TocsinError {
  return new TocsinError(code as ErrorCode, catalogue[code as ErrorCode]?.summary ?? code)
}
