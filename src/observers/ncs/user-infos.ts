import { isIP } from 'node:net'
import type { SessionInfo, Sessions } from '../../access/sessions.js'
import type { ConfigUser } from '../../config/commits/observer.js'
import type { Runtime } from '../../event/runtime.js'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../protocols/ncs/constants/address-families.js'
import * as L from '../../protocols/ncs/constants/library.js'
import type { UserInfo } from '../../protocols/ncs/notifications/notification.js'

/** Describes sessions as programs for NSO know them. */
export class UserInfos {
  readonly #sessions: Pick<Sessions, 'find'>
  readonly #runtime: Pick<Runtime, 'now'>

  constructor(sessions: Pick<Sessions, 'find'>, runtime: Pick<Runtime, 'now'>) {
    this.#sessions = sessions
    this.#runtime = runtime
  }

  /** Describes the user who edits or commits. Changes that the hub makes by itself have the id 0. */
  infoOf({ user, usid = 0, face = 'system', address = '' }: ConfigUser): UserInfo {
    const session = this.#sessions.find(usid)
    if (session !== undefined) return infoOf(session)
    return infoOf({ usid, user, context: face, from: `${face} ${address}`, since: this.#runtime.now() })
  }
}

export function infoOf({ usid, user, context, from, since }: SessionInfo): UserInfo {
  const where = addressOf(from)
  return {
    username: user,
    usid,
    context,
    proto: protocolOf(from, where.af),
    ...where,
    logintime: Math.floor(since / 1e6),
    lmode: L.USESS_LOCK_MODE_NONE,
    flags: 0,
  }
}

const protocols: Readonly<Record<string, number>> = {
  tcp: L.PROTO_TCP,
  tls: L.PROTO_TLS,
  ssh: L.PROTO_SSH,
  http: L.PROTO_HTTP,
  ws: L.PROTO_HTTP,
  https: L.PROTO_HTTPS,
  'salt-api': L.PROTO_HTTP,
  sysadm: L.PROTO_HTTPS,
}

function protocolOf(from: string, af: number): number {
  const [kind] = from.split(/[: ]/, 1)
  return protocols[kind] ?? (af === AF_UNSPEC ? L.PROTO_SYSTEM : L.PROTO_TCP)
}

/**
 * Reads `tcp://192.0.2.1:4000`, `tls://[2001:db8::1]:4000` or `ws 2001:db8::1`, or what has no address, such as
 * `unix:/run/tocsin.sock`.
 */
function addressOf(from: string): Pick<UserInfo, 'addr' | 'af' | 'port'> {
  const text = from.replace(/^[\w-]+(?::\/\/|:| )/, '').replace(/^::ffff:(?=\d+\.)/, '')
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const addr = bracketed ?? plain ?? text
  const version = isIP(addr)
  if (version === 0) return { addr: '', af: AF_UNSPEC, port: 0 }
  return { addr, af: version === 4 ? AF_INET : AF_INET6, port: Math.min(Number(digits ?? 0), 65_535) }
}
