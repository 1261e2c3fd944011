import { catalogue, type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { formatCursor, parseCursor } from '../../event/cursor.js'
import type { ControlRecord } from '../../protocols/native/codec.js'
import type { Accepted, GateDone, Refused, Welcome } from '../../protocols/native/protocol.js'
import type { AckLevel } from '../api.js'
import { Queue } from '../queue.js'
import { disconnectError } from '../transport/disconnect-reason.js'

/** Handles the refusal of an event that no promise waits for; returns false if the event is not its own. */
export type OnRefused = (counter: number, error: TocsinError) => boolean

/**
 * The number of events of a publisher that the hub has acknowledged, and the promises that wait for it.
 *
 * settled ≤ accepted ≤ last      settled: the event never has to be sent again
 */
export class Acknowledgements {
  readonly #onSettled: (counter: number) => void
  #epoch: string
  #settled: number
  /** The counter in the hub's last acknowledgement. */
  #acceptedByHub: number
  /** The same, and the refused events that follow it directly. */
  #accepted: number
  /** Refused events that are not settled: they are never sent again. */
  readonly #refused = new Set<number>()
  #durable: number
  #durableRequested = 0
  #durableSent = 0
  readonly #forAccepted = new Queue<AckWaiter>()
  readonly #forDurable = new Queue<AckWaiter>()
  readonly #forGate = new Map<number, AckWaiter>()
  readonly refusalHandlers = new Set<OnRefused>()
  #unreportedError: TocsinError | undefined

  constructor(welcome: Welcome, onSettled: (counter: number) => void) {
    this.#onSettled = onSettled
    this.#epoch = welcome.epoch
    this.#settled = welcome.lastCounter
    this.#acceptedByHub = welcome.lastCounter
    this.#accepted = welcome.lastCounter
    this.#durable = welcome.lastCounter
  }

  get settled(): number {
    return this.#settled
  }

  wait(waiter: AckWaiter): void {
    if (waiter.counter > this.#accepted) this.#forAccepted.push(waiter)
    else this.#onPassed(waiter)
  }

  /** Notes that everything up to the counter must be flushed to disk. */
  requestDurable(counter: number): void {
    this.#durableRequested = counter
  }

  /** The counter up to which the hub must be asked to flush now; undefined if there is nothing to ask. */
  takeDurableRequest(): number | undefined {
    const wanted = this.#durableRequested
    if (wanted <= this.#durableSent || wanted <= this.#durableUpTo) return undefined
    this.#durableSent = wanted
    return wanted
  }

  /** The first error since the last call that no promise rejected with. */
  takeUnreportedError(): TocsinError | undefined {
    const problem = this.#unreportedError
    this.#unreportedError = undefined
    return problem
  }

  /** On a new connection, where the hub's greeting says how far it got. */
  resume({ lastCounter, refused = [], forgotten = 0, epoch }: Welcome, last: number): void {
    this.#reportLost(lastCounter, epoch)
    this.#epoch = epoch
    if (lastCounter < this.#acceptedByHub) this.#revokeAfter(lastCounter)
    this.#acceptedByHub = lastCounter
    this.#durableSent = 0
    for (const { first, counter, code } of refused)
      this.#refuseSpan(first ?? counter, Math.min(counter, last), code)
    this.#rejectUnknown(Math.min(forgotten, lastCounter))
    this.#advance(new AcceptedCursors(lastCounter, undefined, 0))
    this.dropGates('the connection was lost while the gate was open; the event is accepted')
  }

  isRefused(counter: number): boolean {
    return this.#refused.has(counter)
  }

  #refuseSpan(first: number, last: number, code: string): void {
    for (let counter = Math.max(first, this.#accepted + 1); counter <= last; counter++)
      this.#refuse(counter, refusalError(code))
  }

  /** Rejects the promises of events of which the hub does not remember what became of them. */
  #rejectUnknown(upTo: number): void {
    for (const waiter of [...this.#forAccepted]) {
      if (waiter.counter > upTo) break
      this.#forAccepted.remove((each) => each === waiter)
      waiter.reject(new TocsinError('TCN_BUS_REFUSALS'))
    }
  }

  fail(error: TocsinError): void {
    const waiting = [...this.#forAccepted, ...this.#forDurable, ...this.#forGate.values()]
    this.#forAccepted.clear()
    this.#forDurable.clear()
    this.#forGate.clear()
    for (const waiter of waiting) waiter.reject(error)
  }

  /** Rejects the promises that wait at gates: the hub releases the gates of a lost connection. */
  dropGates(message: string): void {
    for (const waiter of this.#forGate.values())
      waiter.reject(new TocsinError('TCN_CLIENT_UNREACHABLE', message))
    this.#forGate.clear()
  }

  /**
   * Revokes the acknowledgements after the counter, which a crash of the hub has undone: promises that waited for the
   * disk wait for acceptance again.
   */
  #revokeAfter(lastCounter: number): void {
    this.#accepted = Math.max(lastCounter, this.#settled)
    const waiting = [...this.#forDurable, ...this.#forAccepted]
    this.#forDurable.clear()
    this.#forAccepted.clear()
    for (const waiter of waiting) {
      if (waiter.counter <= this.#accepted) this.#forDurable.push(waiter)
      else this.#forAccepted.push(waiter)
    }
  }

  /** Reports events that the hub had accepted and lost in a crash before they were flushed. */
  #reportLost(lastCounter: number, epoch: string): void {
    const count = Math.min(this.#acceptedByHub, this.#settled) - lastCounter
    if (count <= 0 || epoch !== this.#epoch) return
    this.#unreportedError ??= new TocsinError(
      'TCN_CLIENT_LOST',
      `the hub lost up to ${count} events that it had accepted`,
      {
        details: { count },
      },
    )
  }

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
    this.#advance(new AcceptedCursors(counter, cursor, run ?? 1))
  }

  #onDurable(counter: number): void {
    if (counter > this.#durable) this.#durable = counter
    this.#settle()
  }

  #onRefused({ counter, code, message, stage }: Refused): void {
    const error = disconnectError({ code, message })
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
    else if (![...this.refusalHandlers].some((handle) => handle(counter, error)))
      this.#unreportedError ??= error
  }

  /** The events up to the counter are accepted but the disk failed: the promises reject, and nothing is sent again. */
  #notDurable(counter: number, error: TocsinError): void {
    const waiting = [...this.#forDurable]
    this.#forDurable.clear()
    for (const waiter of waiting) {
      if (waiter.counter > counter) this.#forDurable.push(waiter)
      else waiter.reject(error)
    }
    if (waiting.length === 0) this.#unreportedError ??= error
    if (counter > this.#durable) this.#durable = counter
    this.#durableSent = counter
    this.#settle()
  }

  #onGateDone(outcome: GateDone): void {
    const counter = outcome.counter ?? 0
    const waiter = this.#forGate.get(counter)
    if (waiter?.gate !== undefined) {
      this.#forGate.delete(counter)
      waiter.gate.outcome = outcome
      this.#onPassed(waiter)
      return
    }
    // The outcome may arrive before the acknowledgement.
    for (const early of this.#forAccepted) {
      if (early.isEvent && early.counter === counter && early.gate !== undefined) early.gate.outcome = outcome
    }
  }

  #advance(cursors: AcceptedCursors | undefined): void {
    this.#accepted = Math.max(this.#accepted, this.#acceptedByHub)
    if (this.#refused.size > 0) this.#countRefused()
    const queue = this.#forAccepted
    for (
      let waiter = queue.first;
      waiter !== undefined && waiter.counter <= this.#accepted;
      waiter = queue.first
    ) {
      queue.shift()
      waiter.cursor = cursors?.cursorOf(waiter.counter)
      this.#onPassed(waiter)
    }
    this.#settle()
  }

  /** Counts refused events that directly follow the last accepted one as accepted, for they are settled too. */
  #countRefused(): void {
    while (this.#refused.has(this.#accepted + 1)) this.#accepted++
  }

  /** Resolves a promise whose event is accepted, unless it waits for the gate or for the disk as well. */
  #onPassed(waiter: AckWaiter): void {
    if (waiter.gate !== undefined && waiter.gate.outcome === undefined)
      this.#forGate.set(waiter.counter, waiter)
    else if (waiter.ack === 'durable' && waiter.counter > this.#durableUpTo) this.#forDurable.push(waiter)
    else waiter.resolve(waiter)
  }

  /** If everything accepted is durable, the refused events after it count as durable too. */
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
    const settled = this.#durableRequested > durable ? Math.min(durable, this.#accepted) : this.#accepted
    if (settled <= this.#settled) return
    this.#settled = settled
    for (const counter of this.#refused) if (counter <= settled) this.#refused.delete(counter)
    this.#onSettled(settled)
  }
}

function refusalError(code: string): TocsinError {
  return new TocsinError(code as ErrorCode, catalogue[code as ErrorCode]?.summary ?? code)
}

/** A promise that resolves when everything up to a counter is acknowledged. */
export interface AckWaiter {
  counter: number
  ack: AckLevel
  /** The promise is for the event `counter` itself, so that its refusal rejects it. */
  isEvent: boolean
  /** Cursor of the event once it is accepted; undefined if the hub did not report it. */
  cursor?: string
  gate?: { outcome?: GateDone }
  resolve(waiter: AckWaiter): void
  reject(error: Error): void
}

/**
 * The cursors in one `accepted` record of the hub: it has the cursor of the event `counter`, and the seqs of the
 * `run - 1` events before it precede that one without a hole.
 */
export class AcceptedCursors {
  readonly #counter: number
  readonly #run: number
  readonly #epoch: string = ''
  readonly #seq: number = 0

  constructor(counter: number, cursor: string | undefined, run: number) {
    this.#counter = counter
    this.#run = cursor === undefined ? 0 : Math.max(run, 1)
    if (cursor === undefined) return
    const parsed = parseCursor(cursor)
    this.#epoch = parsed.epoch
    this.#seq = parsed.seq
  }

  cursorOf(counter: number): string | undefined {
    const back = this.#counter - counter
    return back < this.#run ? formatCursor(this.#epoch, this.#seq - back) : undefined
  }
}
