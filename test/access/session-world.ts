import { clockByHand } from '../helpers/fake-runtime.js'
import { type EngineName, RestartedState, turns } from '../state/restarted-state.js'
import { HOUR, kind, SessionHub } from './session-hub.js'

interface ModelSession {
  readonly secret: string
  readonly user: string
  readonly hidden: string
  readonly began: number
  /** Last use that the hub was told of, ms. */
  used: number
  /** A use of which the store knows after a restart, or of one not much before it, ms. */
  stored: number
  /** Last use that the store may not have been told of, as the disk was full, ms. */
  missed: number
  /** `unsure`: it was beginning or ending when the hub was killed, so the hub is asked. */
  fate: 'valid' | 'over' | 'unsure'
}

/** A last use is stored after a part of the idle time, and a session of another hub's lives this much longer. */
const LATE = HOUR / 15

/** The sessions of a hub that is stopped and killed, beside those that there should be. */
export class SessionWorld {
  readonly failures: string[] = []
  readonly runtime = clockByHand()
  #state!: RestartedState
  #hub!: SessionHub
  #sessions: ModelSession[] = []
  #users = new Set(['ann', 'bob'])
  #began = 0
  /** The store may have sessions that are over, as the disk was full when they ended. */
  #isBehind = false

  static async open(engine: EngineName): Promise<SessionWorld> {
    const world = new SessionWorld()
    world.#state = await RestartedState.open(world.runtime, engine)
    await world.#start()
    return world
  }

  set full(full: boolean) {
    this.#state.full = full
    if (full) this.#isBehind = true
  }

  async begin(user: string): Promise<void> {
    if (!this.#users.has(user)) return
    const hidden = `hidden ${++this.#began}`
    const mine = this.#sessions.filter((each) => each.user === user && each.fate !== 'over')
    const alive = mine.filter((each) => this.#mayBeAlive(each))
    try {
      const { secret } = await this.#hub.begin(user, hidden)
      const now = this.#now
      const times = { began: now, used: now, stored: now, missed: Number.NEGATIVE_INFINITY }
      this.#sessions.push({ secret, user, hidden, ...times, fate: 'valid' })
    } catch (error) {
      if (!this.#state.full) throw error
    }
    if (alive.length >= kind.mostOfOne) for (const each of alive) each.fate = 'unsure'
  }

  /** Begins or ends a session, and kills the hub some turns later. */
  async crashIn(user: string, isEnd: boolean, after: number): Promise<void> {
    const mine = this.#sessions.filter((each) => each.user === user && each.fate === 'valid')
    const [session] = mine
    if (isEnd && session !== undefined) {
      session.fate = 'unsure'
      const found = await this.#hub.sessions.find(session.secret)
      if (found !== undefined) this.#hub.sessions.end(found).catch(() => undefined)
    } else if (this.#users.has(user)) {
      for (const each of mine) each.fate = 'unsure'
      this.#hub.begin(user).catch(() => undefined)
    }
    await turns(after)
    await this.restart(true)
  }

  /** Shows a secret. */
  async use(which: number): Promise<void> {
    const session = this.#sessions[which % Math.max(1, this.#sessions.length)]
    if (session === undefined) return
    await this.#look(session)
    await this.#state.settled()
  }

  async end(which: number): Promise<void> {
    const session = this.#sessions[which % Math.max(1, this.#sessions.length)]
    const found = session && (await this.#hub.sessions.find(session.secret))
    if (found === undefined) return
    try {
      await this.#hub.sessions.end(found)
      session.fate = 'over'
    } catch (error) {
      if (!this.#state.full) throw error
      if ((await this.#hub.sessions.find(session.secret)) !== undefined)
        this.failures.push('a session that was ended is still found')
      session.fate = 'unsure'
    }
  }

  /** Removes the principal, or adds it again. */
  async toggle(user: string): Promise<void> {
    if (!this.#users.delete(user)) this.#users.add(user)
    // The store may still have one that could not be removed before.
    else
      for (const session of this.#sessions)
        if (session.user === user && session.fate === 'valid')
          session.fate = this.#state.full ? 'unsure' : 'over'
    this.#hub.access.replace(this.#grants)
    await this.#state.settled()
  }

  async restart(isCrash: boolean): Promise<void> {
    if (isCrash) this.#state.crash()
    else await this.#state.settled()
    this.#hub.close()
    await this.#state.reopen()
    this.#isBehind = false
    await this.#start()
    // The sessions of principals that are gone are removed now.
    await this.#state.settled()
    for (const session of this.#sessions) await this.#look(session, true)
    await this.#state.settled()
  }

  async pass(minutes: number): Promise<void> {
    await this.runtime.pass(minutes * 60_000)
    await this.#state.settled()
    // The hub has tried again by now.
    if (!this.#state.full) this.#isBehind = false
  }

  async close(): Promise<void> {
    this.#hub.close()
    await this.#state.close()
  }

  get #now(): number {
    return this.runtime.now() / 1000
  }

  get #grants() {
    return Object.fromEntries([...this.#users].map((user) => [user, { see: '*' as const }]))
  }

  async #start(): Promise<void> {
    const { runtime } = this
    this.#hub = await SessionHub.open(this.#state.store, { runtime, grants: this.#grants })
  }

  async #look(session: ModelSession, isRestarted = false): Promise<void> {
    const found = await this.#hub.sessions.find(session.secret)
    const known = isRestarted ? session.stored : session.used
    const mustBe =
      session.fate === 'valid' && this.#users.has(session.user) && this.#mustBeAlive(session, known)
    const mayBe = session.fate !== 'over' && this.#users.has(session.user) && this.#mayBeAlive(session)
    const text = `${session.hidden} of ${session.user}`
    if (mustBe && found === undefined) this.failures.push(`${text} is not found`)
    if (!mayBe && found !== undefined) this.failures.push(`${text} is still found`)
    if (found !== undefined && found.hidden !== session.hidden)
      this.failures.push(`${text} hides ${found.hidden}`)
    if (found !== undefined && (found.principal.name !== session.user || found.ended.aborted))
      this.failures.push(`${text} is another, or has ended`)
    if (found !== undefined) this.#used(session)
    if (found !== undefined) session.fate = 'valid'
    else if (isRestarted) session.fate = 'over'
    // What the store could not be told is known after the next restart.
    else if (session.fate === 'valid') session.fate = this.#isBehind ? 'unsure' : 'over'
  }

  /** After a use that could not be stored, the hub tries again when it would store the next one. */
  #used(session: ModelSession): void {
    const now = this.#now
    session.used = now
    if (this.#state.full) session.missed = now
    else if (now - session.missed >= LATE) session.stored = now
  }

  #mustBeAlive({ began }: ModelSession, used: number): boolean {
    return this.#now < used + kind.idle! - LATE && this.#now < began + kind.life!
  }

  #mayBeAlive({ began, used }: ModelSession): boolean {
    return this.#now <= used + kind.idle! + LATE && this.#now <= began + kind.life!
  }
}
