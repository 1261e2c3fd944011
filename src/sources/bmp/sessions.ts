import { createHash } from 'node:crypto'
import { z } from 'zod'

/** BgpSessions that are known; one that is forgotten is reported once more. Their record stays below 512 KiB. */
const MAX_SESSIONS = 8_000
/** Characters of base64, 96 bits. */
const SHORT = 16
const SECOND_US = 1_000_000
/** A router that connects reports its sessions within this time; those that follow have changed since. */
const REPORTED_US = 60 * SECOND_US

type State = 'up' | 'down'
type KeptSessions = readonly (readonly [session: string, state: State, at: number])[]

/** Something that a router says about a session. Times are µs since the epoch. */
export interface SessionReport {
  /** The router, and everything that distinguishes its sessions. */
  readonly session: readonly string[]
  readonly state: State
  /** By the clock of the router; undefined if it does not say it. */
  readonly time: number | undefined
  readonly now: number
  /** When the router has connected. */
  readonly connected: number
}

interface LastChange {
  readonly state: State
  /** The time of the event that says so. */
  readonly at: number
  /** When the router has said so last. */
  heard: number
}

/**
 * Finds the news in what routers report. They repeat that a session is down at each attempt to open it, report all of
 * their sessions when they connect, and some give the time of the change before.
 */
export class BgpSessions {
  /** Those that have changed last are at the end. */
  readonly #known: Map<string, LastChange>

  constructor(kept: KeptSessions = []) {
    this.#known = new Map(
      kept.slice(-MAX_SESSIONS).map(([session, state, at]) => [session, { state, at, heard: at }]),
    )
  }

  /** Returns when the reported change happened, or undefined if nothing has changed. */
  changeIn(report: SessionReport): number | undefined {
    const { session, state, time, now } = report
    const known = this.#known.get(shortened(session))
    if (known === undefined) return firstTime(report)
    const isSame = known.state === state
    if (isSame) known.heard = now
    // A session may have been down for a while when the router was not connected.
    const wasOpenedAgain = state === 'up' && time !== undefined && time > known.at + SECOND_US
    if (isSame && !wasOpenedAgain) return undefined
    const earliest = state === 'up' && !isSame ? Math.max(known.at + 1, known.heard) : known.at + 1
    return time !== undefined && time >= earliest ? time : Math.max(now, known.at + 1)
  }

  /** Notes a change that was published. */
  changed({ session, state, now }: SessionReport, at: number): void {
    const key = shortened(session)
    this.#known.delete(key)
    this.#known.set(key, { state, at, heard: now })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_SESSIONS) this.#known.delete(oldest)
  }

  kept(): KeptSessions {
    return [...this.#known].map(([session, { state, at }]) => [session, state, at])
  }
}

/** The time of the first report about a session. A later one than those at the beginning is about a change of now. */
function firstTime({ time = Number.NEGATIVE_INFINITY, now, connected }: SessionReport): number {
  const isNews = now - connected > REPORTED_US
  return time < (isNews ? connected : 0) ? now : time
}

function shortened(session: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(session)).digest('base64').slice(0, SHORT)
}

/** Throws if something else is stored. */
export function keptSessions(stored: unknown): KeptSessions {
  return z.array(z.tuple([z.string(), z.enum(['up', 'down']), z.number()])).parse(stored)
}
