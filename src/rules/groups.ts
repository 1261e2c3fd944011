import type { FieldValues } from '../types/template.js'
import type { Wanted } from './held-matches.js'

/** The state of a rule for one group. Times are µs since the epoch. */
interface Group {
  /** Matches that still count, oldest first. */
  matches: number[]
  /** When it has acted last. */
  fired: number
  /** For rules that go by the time of events: that of the last one, and when that was handled by the time of the log. */
  last?: number
  seen?: number
}

/** A match that waits for an event which makes acting unnecessary. */
export interface Waiting extends Wanted {
  readonly deadline: number
  /** For rules that go by the time of events: the time up to which an event makes acting unnecessary. */
  readonly over?: number
}

export interface GroupsSnapshot {
  groups: [key: string, matches: number[], fired: number, last?: number | null, seen?: number | null][]
  waiting: [
    key: string,
    deadline: number,
    values: FieldValues,
    chain: string[],
    cause: string,
    bytes: number,
    // Null in what older hubs have stored.
    trace?: string | null,
    over?: number | null,
  ][]
}

const NEVER = -1
const GROUPS_A_STEP = 64
/** Bytes of all matches of one rule that wait. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

export interface GroupsOptions {
  /** Groups that are remembered. */
  most: number
  /** Time within which matches lead to something together. */
  togetherMicros: number
  /** Time within which a group acts once. */
  onceMicros: number
  /** Delay with which events of the same time may come; 0 if they are taken as they come. */
  delayMicros: number
  /** Learns of a group that is forgotten because there are too many. */
  evicted(key: string): void
}

/** The groups of one rule, in bounded number: of too many, the one that was not seen for the longest is forgotten. */
export class Groups {
  readonly #most: number
  readonly #togetherMicros: number
  readonly #onceMicros: number
  readonly #delayMicros: number
  readonly #evicted: (key: string) => void
  /** The one seen last is the last. */
  readonly #groups = new Map<string, Group>()
  /** In the order of their deadlines, since all wait equally long. */
  readonly #waiting = new Map<string, Waiting>()
  #waitingBytes = 0

  constructor({ most, togetherMicros, onceMicros, delayMicros, evicted }: GroupsOptions) {
    this.#most = most
    this.#togetherMicros = togetherMicros
    this.#onceMicros = onceMicros
    this.#delayMicros = delayMicros
    this.#evicted = evicted
  }

  get size(): number {
    return this.#groups.size
  }

  has(key: string): boolean {
    return this.#groups.has(key)
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** The deadline of the match that has waited longest. */
  get nextDeadline(): number {
    for (const { deadline } of this.#waiting.values()) return deadline
    return Number.POSITIVE_INFINITY
  }

  /** The time of the last event of the group. */
  lastOf(key: string): number | undefined {
    return this.#groups.get(key)?.last
  }

  /** An event of the group that happened at this time is handled. `now`: the time of the log. */
  handled(key: string, time: number, now: number): void {
    const group = this.#touch(key, now)
    group.last = time
    group.seen = now
  }

  /** Counts a match. Returns how many count now; if these are enough, the count begins anew. */
  count(key: string, time: number, enough: number): number {
    const group = this.#touch(key, time)
    const { matches } = group
    let old = 0
    while (old < matches.length && matches[old] <= time - this.#togetherMicros) old++
    if (old > 0) matches.splice(0, old)
    matches.push(time)
    if (matches.length < enough) return matches.length
    group.matches = []
    return enough
  }

  /** Until when the group does not act again; undefined if it may. */
  limitedUntil(key: string, time: number): number | undefined {
    const fired = this.#groups.get(key)?.fired ?? NEVER
    const until = fired + this.#onceMicros
    return fired !== NEVER && time < until ? until : undefined
  }

  acted(key: string, time: number): void {
    if (this.#onceMicros > 0) this.#touch(key, time).fired = time
  }

  /** The deadline of the match of this group that waits. */
  deadlineOf(key: string): number | undefined {
    return this.#waiting.get(key)?.deadline
  }

  wait(key: string, waiting: Waiting): void {
    while (this.#waiting.size >= this.#most || this.#waitingBytes + waiting.bytes > MAX_WAITING_BYTES) {
      const [oldest] = this.#waiting.keys()
      if (oldest === undefined) break
      this.end(oldest)
      this.#evicted(oldest)
    }
    this.#waiting.set(key, waiting)
    this.#waitingBytes += waiting.bytes
  }

  /** Returns the match of the group that has waited, which is over. */
  end(key: string): Waiting | undefined {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return undefined
    this.#waiting.delete(key)
    this.#waitingBytes -= waiting.bytes
    return waiting
  }

  /** Ends the wait of the group if an event that happened at this time would be too late for it. */
  endBefore(key: string, time: number): Waiting | undefined {
    const over = this.#waiting.get(key)?.over
    return over !== undefined && over < time ? this.end(key) : undefined
  }

  /** The match that has waited longest. */
  get longestWaiting(): [key: string, Waiting] | undefined {
    for (const entry of this.#waiting) return entry
    return undefined
  }

  *snapshotSteps(): Generator<undefined, GroupsSnapshot> {
    const groups: GroupsSnapshot['groups'] = []
    for (const [key, { matches, fired, last, seen }] of this.#groups) {
      const times: [last?: number, seen?: number] = last === undefined ? [] : [last, seen]
      if (groups.push([key, [...matches], fired, ...times]) % GROUPS_A_STEP === 0) yield
    }
    const waiting: GroupsSnapshot['waiting'] = []
    for (const [key, { deadline, values, chain, cause, bytes, trace, over }] of this.#waiting) {
      const known: [trace?: string | null, over?: number] =
        over === undefined ? (trace === undefined ? [] : [trace]) : [trace ?? null, over]
      const count = waiting.push([key, deadline, values, [...chain], cause, bytes, ...known])
      if (count % GROUPS_A_STEP === 0) yield
    }
    return { groups, waiting }
  }

  restore({ groups, waiting }: GroupsSnapshot): void {
    for (const [key, matches, fired, last, seen] of groups)
      this.#groups.set(key, {
        matches: [...matches],
        fired,
        ...(typeof last === 'number' && { last, seen: seen ?? last }),
      })
    for (const [key, deadline, values, chain, cause, bytes, trace, over] of waiting) {
      const match = { deadline, values, chain, cause, bytes, trace: trace ?? undefined }
      this.wait(key, typeof over === 'number' ? { ...match, over } : match)
    }
  }

  #touch(key: string, time: number): Group {
    const known = this.#groups.get(key)
    if (known !== undefined) {
      this.#groups.delete(key)
      this.#groups.set(key, known)
      return known
    }
    this.#makeRoom(time)
    const group: Group = { matches: [], fired: NEVER }
    this.#groups.set(key, group)
    return group
  }

  /** A group that nothing depends on any longer is no loss. */
  #makeRoom(time: number): void {
    for (const [key, group] of this.#groups) {
      const isOver = this.#isOver(group, time)
      if (!isOver && this.#groups.size < this.#most) return
      this.#groups.delete(key)
      if (!isOver) this.#evicted(key)
    }
  }

  #isOver({ matches, fired, seen }: Group, time: number): boolean {
    // The next event of the group may come later than others that happened when it did.
    if (seen !== undefined)
      return seen + Math.max(this.#togetherMicros, this.#onceMicros) + this.#delayMicros <= time
    const last = matches.at(-1)
    const counts = last !== undefined && last > time - this.#togetherMicros
    const limits = fired !== NEVER && time < fired + this.#onceMicros
    return !counts && !limits
  }
}
