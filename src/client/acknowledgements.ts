import { catalogue, type ErrorCode, TocsinError } from '../event/errors.js'
import type { ControlRecord } from '../faces/native/codec.js'
import type { Accepted, GateDone, Refused, Welcome } from '../faces/native/protocol.js'
import { lossError } from './loss.js'
import { Queue } from './queue.js'
import { AcceptedRun, type Waiter } from './waiters.js'

/** Takes the refusal of an event that nobody waits for; false when it is not his. */
export type OnRefused = (counter: number, error: TocsinError) => boolean

/**
 * What the hub has said of the events of a publisher, and who waits for it.
 *
 *   settled ≤ accepted ≤ last      settled: nobody needs the event again
 */
export class Acknowledgements {
  readonly #onSettled: (counter: number) => void
  #epoch: string
  #settled: number
  /** As the hub said it. */
  #acceptedByHub: number
  /** With what was refused behind it. */
  #accepted: number
  readonly #refused = new Set<number>()
  #durable: number
  #durableWanted = 0
  #durableAsked = 0
  readonly #forAccepted = new Queue<Waiter>()
  readonly #forDurable = new Queue<Waiter>()
  readonly #forGate = new Map<number, Waiter>()
  readonly refusals = new Set<OnRefused>()
  #problem: TocsinError | undefined

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

  wait(waiter: Waiter): void {
    if (waiter.counter > this.#accepted) this.#forAccepted.push(waiter)
    else this.#passed(waiter)
  }

  /** Everything up to the counter is to be flushed to the disk. */
  wantDurable(counter: number): void {
    this.#durableWanted = counter
  }

  /** What the hub has to be asked for now; undefined when that has been done. */
  takeDurableWish(): number | undefined {
    const wanted = this.#durableWanted
    if (wanted <= this.#durableAsked || wanted <= this.#durableUpTo) return undefined
    this.#durableAsked = wanted
    return wanted
  }

  /** The first error that nobody was told, since the last call. */
  takeProblem(): TocsinError | undefined {
    const problem = this.#problem
    this.#problem = undefined
    return problem
  }

  /** Another connection: the hub says how far it got. */
  resume({ lastCounter, refused = [], epoch }: Welcome): void {
    this.#noteLost(lastCounter, epoch)
    this.#epoch = epoch
    if (lastCounter < this.#acceptedByHub) this.#takeBack(lastCounter)
    this.#acceptedByHub = lastCounter
    this.#durableAsked = 0
    for (const { counter, code } of refused) this.#refuse(counter, refusalError(code))
    this.#advance(new AcceptedRun(lastCounter, undefined, 0))
    this.dropGates('the connection was lost while the gate was open; the event is accepted')
  }

  fail(error: TocsinError): void {
    const waiting = [...this.#forAccepted, ...this.#forDurable, ...this.#forGate.values()]
    this.#forAccepted.clear()
    this.#forDurable.clear()
    this.#forGate.clear()
    for (const waiter of waiting) waiter.reject(error)
  }

  /** The hub released the gates of a connection that is no more. */
  dropGates(message: string): void {
    for (const waiter of this.#forGate.values())
      waiter.reject(new TocsinError('TCN_CLIENT_UNREACHABLE', message))
    this.#forGate.clear()
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
    this.#onSettled(settled)
  }
}

function refusalError(code: string): TocsinError {
  return new TocsinError(code as ErrorCode, catalogue[code as ErrorCode]?.summary ?? code)
}
