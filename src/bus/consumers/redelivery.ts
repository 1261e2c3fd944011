import type { Cancel, Runtime } from '../../event/runtime.js'
import type { EventLog } from '../../log/event-log.js'
import { damageAt, readFrame } from '../scan.js'
import { type Dispatcher, marked } from './dispatcher.js'
import type { ParkedRef, ParkedStore } from './parked-store.js'
import { pauseAfter, TRIES, type Unsettled, waiting } from './unsettled.js'

export interface RedeliveryHost {
  readonly name: string
  /** Called when events are settled without an acknowledgement: parked, or removed. */
  settled(events: number): void
  /** Called with the first and last of some events that the log does not have any more, or cannot read. */
  reportGap(from: number, to: number, isDamaged: boolean): void
  report(what: string, details: Record<string, unknown>): void
}

/** Delay before an event that could not be parked is tried again, ms. */
const PARK_AGAIN = 5_000
/** Limit for parked events that wait for redelivery. */
export const MAX_WANTED = 10_000
const MAX_REASON_LENGTH = 1_000

/**
 * Handles events that are not acknowledged: redelivers them after a pause, and parks them after a number of
 * tries. Events are read from the log again, so that none of this keeps frames in memory.
 */
export class Redelivery {
  readonly #host: RedeliveryHost
  readonly #runtime: Runtime
  readonly #log: EventLog
  readonly #dispatcher: Dispatcher
  readonly #parked: ParkedStore
  readonly #wanted = new Map<number, ParkedRef>()
  readonly #storing = new Set<Promise<void>>()
  #cancel: Cancel | undefined
  #armedFor = Number.POSITIVE_INFINITY
  #giving = false
  #wokenMeanwhile = false
  /** True if an event is due, but no member has room for it. */
  #blocked = false
  #closed = false

  constructor(
    host: RedeliveryHost,
    runtime: Runtime,
    log: EventLog,
    dispatcher: Dispatcher,
    parked: ParkedStore,
  ) {
    this.#host = host
    this.#runtime = runtime
    this.#log = log
    this.#dispatcher = dispatcher
    this.#parked = parked
  }

  /** True if `wake` has work to do as soon as there is room. */
  get waits(): boolean {
    return this.#blocked || this.#wanted.size > 0
  }

  /** Sets the timer for something that becomes due at this time, ms (monotonic). */
  arm(due: number): void {
    if (due >= this.#armedFor || this.#closed) return
    this.#cancel?.()
    this.#armedFor = due
    this.#cancel = this.#runtime.after(Math.max(0, due - this.#runtime.monotonic()), this.wake)
  }

  /** Redelivers the event after a pause, or parks it when its tries are used up. */
  again(event: Unsettled, why: string, delay?: number): void {
    if (event.tries >= TRIES) {
      this.park(event, `${why}; ${event.tries} tries`)
      return
    }
    this.#dispatcher.takeBack(event)
    event.state = 'waiting'
    event.due = this.#runtime.monotonic() + pauseAfter(event.tries, delay)
    this.arm(event.due)
  }

  park(event: Unsettled, reason: string): void {
    this.#dispatcher.takeBack(event)
    event.state = 'parking'
    event.reason = reason.slice(0, MAX_REASON_LENGTH)
    this.#store(event)
  }

  /** Queues parked events for redelivery; returns how many were accepted. The rest stays parked. */
  want(refs: Iterable<ParkedRef>): number {
    let count = 0
    for (const ref of refs) {
      if (this.#wanted.size >= MAX_WANTED) break
      if (this.#wanted.has(ref.seq) || this.#dispatcher.unsettled.has(ref.seq)) continue
      this.#wanted.set(ref.seq, ref)
      count++
    }
    this.wake()
    return count
  }

  /** Handles everything that is due. Called by the timer, and when a member joins or has room again. */
  readonly wake = (): void => {
    if (this.#closed) return
    this.#cancel?.()
    this.#armedFor = Number.POSITIVE_INFINITY
    this.#blocked = false
    this.#takeWanted()
    const now = this.#runtime.monotonic()
    let ready = false
    for (const event of this.#dispatcher.unsettled.values()) {
      if (event.due <= now) {
        if (event.state === 'given') this.again(event, 'not acknowledged in time')
        else if (event.state === 'parking') this.#store(event)
        else ready = true
      }
      if (event.due > now) this.arm(event.due)
    }
    if (ready && this.#dispatcher.members.size > 0) void this.#giveReady()
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    this.#wanted.clear()
    await Promise.all(this.#storing)
  }

  forget(): void {
    this.#wanted.clear()
  }

  #takeWanted(): void {
    const { unsettled, members } = this.#dispatcher
    for (const [seq, ref] of this.#wanted) {
      if (this.#dispatcher.full || members.size === 0) return
      this.#wanted.delete(seq)
      if (!unsettled.has(seq)) unsettled.set(seq, waiting(seq, 0, this.#runtime.monotonic(), ref))
    }
  }

  async #giveReady(): Promise<void> {
    this.#wokenMeanwhile = this.#giving
    if (this.#giving) return
    this.#giving = true
    do {
      this.#wokenMeanwhile = false
      for (const event of this.#ready()) {
        this.#blocked = !(await this.#give(event))
        if (this.#blocked) break
      }
    } while (this.#wokenMeanwhile && !this.#closed)
    this.#giving = false
  }

  #ready(): Unsettled[] {
    const now = this.#runtime.monotonic()
    const ready = [...this.#dispatcher.unsettled.values()].filter((event) => isReady(event, now))
    return ready.sort((a, b) => a.seq - b.seq)
  }

  /** Returns false when no member has room; `wake` is called when one has. */
  async #give(event: Unsettled): Promise<boolean> {
    if (!this.#someRoom()) return false
    const frame = await this.#read(event)
    if (this.#closed || !this.#isStill(event) || !isReady(event, this.#runtime.monotonic())) return true
    if (frame === undefined) return true
    const choice = this.#dispatcher.choose(frame, 0)
    if (choice === 'busy') return false
    // No connected member may see it: it waits for one that may.
    if (choice === 'unseen') return true
    this.#dispatcher.give(event, choice, marked(frame, 0), 0)
    this.arm(event.due)
    choice.flush()
    return true
  }

  /** Reads the frame; undefined also if that fails for now. An event that was removed is settled. */
  async #read(event: Unsettled): Promise<Uint8Array | undefined> {
    try {
      const frame =
        event.parked === undefined
          ? await readFrame(this.#log, event.seq)
          : await this.#parked.frame(event.parked)
      if (frame === undefined && this.#isStill(event)) this.#dropExpired(event)
      return frame
    } catch (error) {
      if (!this.#dropDamaged(event, error)) this.#postpone(event, pauseAfter(event.tries), 'not read', error)
      return undefined
    }
  }

  #store(event: Unsettled): void {
    event.due = Number.POSITIVE_INFINITY
    const storing = this.#write(event).finally(() => this.#storing.delete(storing))
    this.#storing.add(storing)
  }

  async #write(event: Unsettled): Promise<void> {
    const { name } = this.#host
    const { seq, tries, reason, parked } = event
    const parking = { tries, reason, parkedAt: this.#runtime.now() }
    try {
      if (parked !== undefined) {
        await this.#parked.putAgain(parked, parking)
      } else {
        const frame = await readFrame(this.#log, seq)
        if (!this.#isStill(event)) return
        if (frame === undefined) {
          this.#dropExpired(event)
          return
        }
        await this.#parked.put({ consumer: name, epoch: this.#log.epoch, seq }, parking, frame)
      }
    } catch (error) {
      if (!this.#dropDamaged(event, error)) this.#postpone(event, PARK_AGAIN, 'not parked', error)
      return
    }
    this.#host.report('parked', { seq, tries, reason })
    if (!this.#isStill(event)) return
    this.#dispatcher.settle(event)
    this.#host.settled(1)
  }

  /** Settles an event that was removed: by the log, with everything before it, or from the parked events. */
  #dropExpired(event: Unsettled): void {
    if (event.parked !== undefined) {
      this.#dispatcher.settle(event)
      this.#host.settled(1)
      return
    }
    this.#drop(event, ({ seq }) => seq < this.#log.first, false)
  }

  /** Settles an event that the log cannot read because of damage, with all in the damaged range; false if it is not so. */
  #dropDamaged(event: Unsettled, error: unknown): boolean {
    const range = event.parked === undefined ? damageAt(event.seq, error) : undefined
    if (range === undefined) return false
    if (this.#isStill(event)) this.#drop(event, ({ seq }) => seq >= range.from && seq <= range.to, true)
    return true
  }

  /** Settles the event and, of those that only the log has, all that are gone with it. */
  #drop(event: Unsettled, isGone: (other: Unsettled) => boolean, isDamaged: boolean): void {
    if (this.#dispatcher.members.size === 0) {
      // It stays open until a member joins that can receive the gap.
      event.state = 'waiting'
      event.due = this.#runtime.monotonic()
      return
    }
    const gone = [...this.#dispatcher.unsettled.values()].filter(
      (other) => other === event || (isLost(other) && isGone(other)),
    )
    for (const each of gone) this.#dispatcher.settle(each)
    const seqs = gone.map(({ seq }) => seq)
    this.#host.reportGap(Math.min(...seqs), Math.max(...seqs), isDamaged)
    this.#host.settled(gone.length)
  }

  #postpone(event: Unsettled, pause: number, what: string, error: unknown): void {
    if (this.#closed || !this.#isStill(event)) return
    this.#host.report(what, { seq: event.seq, error })
    event.due = this.#runtime.monotonic() + pause
    this.arm(event.due)
  }

  #isStill(event: Unsettled): boolean {
    return this.#dispatcher.unsettled.get(event.seq) === event
  }

  #someRoom(): boolean {
    for (const member of this.#dispatcher.members) if (member.hasRoom) return true
    return false
  }
}

function isReady({ state, due }: Unsettled, now: number): boolean {
  return state === 'waiting' && due <= now
}

/** Returns whether no member works on the event and only the log has it. */
function isLost({ state, parked }: Unsettled): boolean {
  return state !== 'given' && parked === undefined
}
