import type { Runtime } from '../event/runtime.js'

/** A session that somebody has begun. */
export interface SessionInfo {
  /** Number of the session, from 1; never used twice while the hub runs. */
  readonly usid: number
  /** Name of the principal. */
  readonly user: string
  /** The purpose of the session: `native`, `websocket`, `ncs`, `salt-api` … */
  readonly context: string
  /** Where the peer is: `unix:/run/tocsin.sock`, `tcp://192.0.2.7:4000`, `ws 192.0.2.7`, `https 192.0.2.7`. */
  readonly from: string
  /** µs since the epoch */
  readonly since: number
}

/** A part of the hub that is told of all sessions. */
export interface SessionObserver {
  began(session: SessionInfo): void
  ended(session: SessionInfo): void
}

/** Senders of single requests whose numbers are remembered. */
const MAX_REMEMBERED = 1000

/**
 * Numbers sessions. Connections and logins are sessions; there may be thousands, so they are remembered only while
 * somebody observes them.
 */
export class Sessions {
  readonly #runtime: Pick<Runtime, 'now'>
  readonly #observers = new Set<SessionObserver>()
  /** Those that began while they were observed. */
  readonly #open = new Map<number, SessionInfo>()
  /** Those of which nobody was told that they began. */
  readonly #adopted = new Set<number>()
  /** Numbers of single requests, by who sends them and where; the latest last. */
  readonly #requests = new Map<string, SessionInfo>()
  #last = 0

  constructor(runtime: Pick<Runtime, 'now'>) {
    this.#runtime = runtime
  }

  /** Returns the number of a session that begins. */
  begin(user: string, context: string, from: string): number {
    const usid = ++this.#last
    if (this.#observers.size > 0) {
      const session = { usid, user, context, from, since: this.#runtime.now() }
      this.#open.set(usid, session)
      for (const observer of this.#observers) observer.began(session)
    }
    return usid
  }

  /** The same for one that began on another hub, or before a restart: nobody is told that it begins or ends. */
  adopt(user: string, context: string, from: string): number {
    const usid = ++this.#last
    if (this.#observers.size > 0) {
      this.#open.set(usid, { usid, user, context, from, since: this.#runtime.now() })
      this.#adopted.add(usid)
    }
    return usid
  }

  end(usid: number): void {
    const session = this.#open.get(usid)
    const isTold = !this.#adopted.has(usid)
    this.leave(usid)
    if (session !== undefined && isTold) for (const observer of this.#observers) observer.ended(session)
  }

  /** Forgets a session that has not ended, and goes on elsewhere. */
  leave(usid: number): void {
    this.#open.delete(usid)
    this.#adopted.delete(usid)
  }

  /** The number for requests that belong to no session: one for each user and place, unless it was long ago. */
  ofRequests(user: string, context = '', address = ''): number {
    const key = JSON.stringify([user, context, address])
    const known = this.#requests.get(key)
    const from = `${context} ${address}`
    const session = known ?? { usid: ++this.#last, user, context, from, since: this.#runtime.now() }
    this.#requests.delete(key)
    this.#requests.set(key, session)
    const [oldest] = this.#requests.keys()
    if (this.#requests.size > MAX_REMEMBERED) this.#requests.delete(oldest)
    return session.usid
  }

  /** The session with this number; undefined if there is none any more, or nobody observed it. */
  find(usid: number): SessionInfo | undefined {
    const open = this.#open.get(usid)
    if (open !== undefined) return open
    for (const session of this.#requests.values()) if (session.usid === usid) return session
    return undefined
  }

  /** Returns a function that ends it. */
  observe(observer: SessionObserver): () => void {
    this.#observers.add(observer)
    return () => {
      this.#observers.delete(observer)
      if (this.#observers.size > 0) return
      this.#open.clear()
      this.#adopted.clear()
    }
  }
}
