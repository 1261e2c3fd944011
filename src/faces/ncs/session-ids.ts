import { isIP } from 'node:net'
import type { ConfigUser } from '../../config/store/observer.js'
import type { Runtime } from '../../event/runtime.js'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../protocols/ncs/constants/address-families.js'
import * as L from '../../protocols/ncs/constants/library.js'
import type { UserInfo } from '../../protocols/ncs/notifications/notification.js'

/** The oldest ones are forgotten; a user who comes back has a new number. */
const MAX_SESSIONS = 1000

/** Numbers the sessions of users, as programs for NSO know them. */
export class SessionIds {
  readonly #runtime: Pick<Runtime, 'now'>
  readonly #sessions = new Map<string, { usid: number; logintime: number }>()
  #last = 0

  constructor(runtime: Pick<Runtime, 'now'>) {
    this.#runtime = runtime
  }

  infoOf(by: ConfigUser): UserInfo {
    const { usid, logintime } = this.#sessionOf(by)
    const { face = 'system' } = by
    return {
      username: by.user,
      usid,
      context: face,
      proto: protocolOf(face, by.address),
      ...addressOf(by.address),
      logintime,
      lmode: L.USESS_LOCK_MODE_NONE,
      flags: 0,
    }
  }

  #sessionOf({ user, session = '', face = '' }: ConfigUser): { usid: number; logintime: number } {
    const key = JSON.stringify([user, session, face])
    const known = this.#sessions.get(key)
    if (known !== undefined) return known
    const opened = { usid: ++this.#last, logintime: Math.floor(this.#runtime.now() / 1e6) }
    this.#sessions.set(key, opened)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > MAX_SESSIONS) this.#sessions.delete(oldest)
    return opened
  }
}

function protocolOf(face: string, address: string | undefined): number {
  if (face === 'http') return L.PROTO_HTTP
  return addressOf(address).af === AF_UNSPEC ? L.PROTO_SYSTEM : L.PROTO_TCP
}

/** Reads `192.0.2.1:4000`, `[2001:db8::1]:4000`, or what has neither address nor port, such as a unix socket. */
function addressOf(address = ''): Pick<UserInfo, 'addr' | 'af' | 'port'> {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(address) ?? []
  const addr = bracketed ?? plain ?? ''
  const version = isIP(addr)
  if (version === 0) return { addr: '', af: AF_UNSPEC, port: 0 }
  return { addr, af: version === 4 ? AF_INET : AF_INET6, port: Math.min(Number(digits ?? 0), 65_535) }
}
