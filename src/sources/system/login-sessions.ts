import { deleteOldest } from '../../event/oldest.js'
import { formatTime } from '../../event/position.js'
import { tagSegment } from '../../event/tag.js'
import type { HostLogin, HostLogout } from '../../types/host/system.js'
import { type UtmpRecord, UtmpType } from './utmp.js'

const MAX_SESSIONS = 512

export interface LoginSession {
  user: string
  line: string
  host: string
  pid: number
  /** µs since the epoch */
  since: number
}

type Publish = (path: string, data: HostLogin | HostLogout) => boolean

/** The users logged in on each line. A change that the hub does not accept is found and published again later. */
export class LoginSessions {
  readonly #byLine = new Map<string, LoginSession>()
  readonly #publish: Publish

  constructor(publish: Publish, sessions: readonly LoginSession[] = []) {
    this.#publish = publish
    for (const session of sessions) this.remember(session)
  }

  list(): LoginSession[] {
    return [...this.#byLine.values()]
  }

  remember(session: LoginSession): void {
    this.#byLine.delete(session.line)
    this.#byLine.set(session.line, session)
    if (this.#byLine.size > MAX_SESSIONS) deleteOldest(this.#byLine)
  }

  /** Applies a record. False if the hub did not accept all of its events, so that it must be applied again. */
  apply(record: UtmpRecord): boolean {
    switch (record.type) {
      case UtmpType.user:
        return record.user === '' || this.#login(sessionOf(record))
      case UtmpType.dead:
        return this.logout(record.line, record.time)
      case UtmpType.boot:
        return this.#logoutAll(record.time)
      case UtmpType.runLevel:
        return record.user !== 'shutdown' || this.#logoutAll(record.time)
      default:
        return true
    }
  }

  logout(line: string, at: number): boolean {
    const session = this.#byLine.get(line)
    if (!session) return true
    const { user, host, pid, since } = session
    const data: HostLogout = { user, line, host, pid, since: formatTime(since), at: formatTime(at) }
    if (!this.#publish(`logout/${tagSegment(user)}`, data)) return false
    this.#byLine.delete(line)
    return true
  }

  #login(session: LoginSession): boolean {
    const { user, line, host, pid, since } = session
    if (this.#byLine.get(line)?.pid === pid) return true
    // The line is used again, although no record reported its end.
    if (!this.logout(line, since)) return false
    const data: HostLogin = { user, line, host, pid, at: formatTime(since) }
    if (!this.#publish(`login/${tagSegment(user)}`, data)) return false
    this.remember(session)
    return true
  }

  #logoutAll(at: number): boolean {
    return this.list().every(({ line }) => this.logout(line, at))
  }
}

export function sessionOf({ user, line, host, pid, time }: UtmpRecord): LoginSession {
  return { user, line, host, pid, since: time }
}
