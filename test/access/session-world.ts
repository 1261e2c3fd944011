import { clockByHand } from '../log/lmdb-folder.js'
import { type EngineName, RestartedState, turns } from '../state/restarted-state.js'
import { HOUR, kind, SessionHub } from './session-hub.js'

interface ModelSession {
  readonly secret: string
  readonly user: string
  readonly hidden: string
  readonly began: number
  /** Last use that the hub was told of, ms. */
  used: number
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

  static async open(engine: EngineName): Promise<SessionWorld> {
    const world = new SessionWorld()
    world.#state = await RestartedState.open(world.runtime, engine)
    await world.#start()
    return world
  }

  set full(full: boolean) {
    this.#state.full = full
  }

  async begin(user: string): Promise<void> {
    if (!this.#users.has(user)) return
    const hidden = `hidden ${++this.#began}`
    const mine = this.#sessions.filter((each) => each.user === user && each.fate !== 'over')
    const alive = mine.filter((each) => this.#mayBeAlive(each))
    try {
      const { secret } = await this.#hub.begin(user, hidden)
      const now = this.#now
      this.#sessions.push({ secret, user, hidden, began: now, used: now, fate: 'valid' })
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
    if (session !== undefined) await this.#look(session)
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
    else
      for (const session of this.#sessions)
        if (session.user === user) session.fate = this.#state.full ? 'unsure' : 'over'
    this.#hub.access.replace(this.#grants)
    await turns(5)
  }

  async restart(isCrash: boolean): Promise<void> {
    if (isCrash) this.#state.crash()
    else await turns(5)
    this.#hub.close()
    await this.#state.reopen()
    await this.#start()
    for (const session of this.#sessions) await this.#look(session, true)
  }

  async pass(minutes: number): Promise<void> {
    await this.runtime.pass(minutes * 60_000)
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
    const mustBe = session.fate === 'valid' && this.#users.has(session.user) && this.#mustBeAlive(session)
    const mayBe = session.fate !== 'over' && this.#users.has(session.user) && this.#mayBeAlive(session)
    const text = `${session.hidden} of ${session.user}`
    if (mustBe && found === undefined) this.failures.push(`${text} is not found`)
    if (!mayBe && found !== undefined) this.failures.push(`${text} is still found`)
    if (found !== undefined && found.hidden !== session.hidden)
      this.failures.push(`${text} hides ${found.hidden}`)
    if (found !== undefined && (found.principal.name !== session.user || found.ended.aborted))
      this.failures.push(`${text} is another, or has ended`)
    if (found !== undefined) session.used = this.#now
    // What the store could not be told is known after the next restart.
    if (session.fate === 'unsure' && found === undefined && !isRestarted) return
    session.fate = found === undefined ? 'over' : 'valid'
  }

  #mustBeAlive({ began, used }: ModelSession): boolean {
    return this.#now < used + kind.idle! - LATE && this.#now < began + kind.life!
  }

  #mayBeAlive({ began, used }: ModelSession): boolean {
    return this.#now <= used + kind.idle! + LATE && this.#now <= began + kind.life!
  }
}
