import { copyBytes } from '../../event/copy-bytes.js'
import { Flag, frameBytes, frameFlags, frameSeq, setFrameFlags } from '../../event/frame.js'
import type { Runtime } from '../../event/runtime.js'
import type { BusLimits } from '../limits.js'
import type { Gap } from '../sink.js'
import type { Doubt } from './consumer-record.js'
import type { Member } from './member.js'
import { ACK_WAIT, MAX_AHEAD, type Unsettled, waiting } from './unsettled.js'

type Limits = Pick<BusLimits, 'unacknowledged'>

/** `busy`: no member that may see the event has room. `unseen`: no connected member may see it. */
type Choice = Member | 'busy' | 'unseen'

/**
 * Shares events among the members of a consumer: each goes to the member with room that works on the fewest,
 * as long as not too many are unsettled in total. Events that no connected member may see are passed over,
 * like those that do not match the filter.
 */
export class Dispatcher {
  readonly members = new Set<Member>()
  readonly unsettled = new Map<number, Unsettled>()
  readonly #runtime: Runtime
  readonly #limits: Limits
  readonly #held = new HeldFrames()
  #handingOut = false
  #turns = 0
  /** Every event up to this seq was given to a member or passed over. */
  passed = 0
  /** Number of events that were passed since the position was written, if that is bounded. */
  ahead = 0
  #maxAhead = Number.POSITIVE_INFINITY
  /** Events that another hub may have handed out: up to this number of them, none after `seq`. */
  #doubt = { events: 0, seq: 0 }

  constructor(runtime: Runtime, limits: Limits) {
    this.#runtime = runtime
    this.#limits = limits
  }

  /** True if frames wait to be handed out. */
  get holds(): boolean {
    return !this.#held.empty
  }

  get full(): boolean {
    return this.unsettled.size >= this.#limits.unacknowledged
  }

  /** Bounds what is handed out before the position is written. */
  limitAhead(): void {
    this.#maxAhead = MAX_AHEAD
  }

  /** Events still to come that other hubs may have handed out. */
  get doubt(): Doubt | undefined {
    const { events, seq } = this.#doubt
    if (events === 0 || this.passed >= seq) return undefined
    return Number.isFinite(events) ? { seq, events } : { seq }
  }

  /** They are marked as redelivered. */
  set doubt(doubt: Doubt | undefined) {
    const { seq, events = Number.POSITIVE_INFINITY } = doubt ?? { seq: 0, events: 0 }
    this.#doubt = { events, seq }
  }

  /** True if the position should be written before more can be handed out. */
  get isAhead(): boolean {
    return this.ahead >= this.#maxAhead / 2
  }

  /** Returns the seq up to which everything is given or passed over, if everything up to `cursor` was taken in. */
  takenUpTo(cursor: number): number {
    return this.#held.empty ? Math.max(cursor, this.passed) : this.#held.seq - 1
  }

  take(pieces: readonly Uint8Array[]): void {
    this.#held.add(pieces)
    this.handOut()
  }

  /** Hands out the buffered frames, as far as there is room. */
  handOut(): void {
    // A member may acknowledge or leave while it is written to.
    if (this.#handingOut) return
    this.#handingOut = true
    while (this.#assign()) for (const member of this.members) member.flush()
    this.#handingOut = false
  }

  choose(bytes: Uint8Array, at: number): Choice {
    let choice: Choice = 'unseen'
    for (const member of this.members) {
      if (!member.maySee(bytes, at)) continue
      if (!member.hasRoom) {
        if (choice === 'unseen') choice = 'busy'
      } else if (typeof choice === 'string' || hasLess(member, choice)) {
        choice = member
      }
    }
    return choice
  }

  give(event: Unsettled, member: Member, bytes: Uint8Array, at: number): void {
    event.tries++
    event.state = 'given'
    event.member = member
    event.due = member.inOrder ? Number.POSITIVE_INFINITY : this.#runtime.monotonic() + ACK_WAIT
    member.given++
    member.lastTurn = ++this.#turns
    member.put(bytes, at, at + frameBytes(bytes, at))
  }

  /** Releases the event from its member, which does not work on it any more. */
  takeBack(event: Unsettled): void {
    if (event.state === 'given' && event.member !== undefined) event.member.given--
  }

  settle(event: Unsettled): void {
    this.takeBack(event)
    this.unsettled.delete(event.seq)
  }

  /** Drops buffered frames; they are read from the log again, from `passed` on. */
  dropHeld(): void {
    this.#held.clear()
  }

  /** Forgets the events that only the log has, and continues with the first of them. Those being parked stay. */
  goBack(): void {
    const open = [...this.unsettled.values()].filter(
      (event) => event.parked === undefined && event.state !== 'parking',
    )
    for (const event of open) this.settle(event)
    this.passed = open.reduce((passed, { seq }) => Math.min(passed, seq - 1), this.passed)
  }

  /** Forgets unsettled events and continues after `passed`. */
  restart(passed: number): void {
    for (const event of [...this.unsettled.values()]) this.settle(event)
    this.passed = passed
    this.#doubt.events = 0
  }

  /** Settles the events that the gap covers, so that they are not reported again one by one. */
  forgetLost({ reason, from, to }: Gap, last: number): void {
    for (const event of [...this.unsettled.values()]) {
      if (event.parked !== undefined) continue
      const lost =
        reason === 'unknown-epoch' ||
        (reason === 'ahead' && event.seq > last) ||
        (event.seq >= from && event.seq <= to)
      if (lost) this.settle(event)
    }
  }

  #assign(): boolean {
    const held = this.#held
    let given = false
    while (!held.empty && this.members.size > 0 && !this.full && this.ahead < this.#maxAhead) {
      const { bytes, at } = held
      const seq = frameSeq(bytes, at)
      // It may be unsettled already, as a parked event that is redelivered.
      if (!this.unsettled.has(seq)) {
        const choice = this.choose(bytes, at)
        if (choice === 'busy') break
        if (choice !== 'unseen') {
          const event = waiting(seq, 0, 0)
          this.unsettled.set(seq, event)
          this.#giveFirst(event, choice, bytes, at)
          given = true
        }
      }
      this.#pass(seq)
      held.next()
    }
    return given
  }

  #giveFirst(event: Unsettled, member: Member, bytes: Uint8Array, at: number): void {
    const isDoubtful = this.#doubt.events > 0 && event.seq <= this.#doubt.seq
    if (isDoubtful && !member.inOrder) this.give(event, member, marked(bytes, at), 0)
    else this.give(event, member, bytes, at)
  }

  #pass(seq: number): void {
    this.passed = seq
    this.ahead++
    if (this.#doubt.events > 0) this.#doubt.events--
  }
}

/** A copy of the frame that says that the event may have been delivered before. */
export function marked(bytes: Uint8Array, at: number): Uint8Array {
  const copy = copyBytes(bytes, at, at + frameBytes(bytes, at))
  setFrameFlags(copy, 0, frameFlags(copy, 0) | Flag.redelivered)
  return copy
}

function hasLess(one: Member, other: Member): boolean {
  return one.given === other.given ? one.lastTurn < other.lastTurn : one.given < other.given
}

/** Frames that are not handed out yet: at most the output of one tick, or one piece of the log. */
export class HeldFrames {
  #pieces: Uint8Array[] = []
  /** Offset of the first frame in the first piece. */
  at = 0

  add(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) if (piece.length > 0) this.#pieces.push(piece)
  }

  get empty(): boolean {
    return this.#pieces.length === 0
  }

  /** The piece with the first frame. */
  get bytes(): Uint8Array {
    return this.#pieces[0]
  }

  /** Seq of the first frame. */
  get seq(): number {
    return frameSeq(this.bytes, this.at)
  }

  next(): void {
    this.at += frameBytes(this.bytes, this.at)
    if (this.at < this.bytes.length) return
    this.#pieces.shift()
    this.at = 0
  }

  clear(): void {
    this.#pieces = []
    this.at = 0
  }
}
