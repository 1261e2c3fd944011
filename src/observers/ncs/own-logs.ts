import * as C from '../../protocols/ncs/constants/events.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { Access } from '../access-log.js'
import type { ObservedHub } from '../observed-hub.js'
import type { LineLevel, OwnLine } from '../reporting.js'

/** Priorities of syslog, of the facility daemon. */
export const PRIORITIES: Record<LineLevel, number> = { error: 27, warn: 28, info: 30, debug: 31 }
const CRITICAL = 26

/** Numbers of messages: those that the vendor documents, and 0 for all others. */
const lognos: Record<string, number> = { TCN_NCS_TIMEOUT: 95, TCN_NCS_WRITE_BLOCK: 96 }

/** Longest text of a message. */
export const MAX_MESSAGE = 4096
const ACCESS = (C.NOTIF_JSONRPC | C.NOTIF_WEBUI | C.NOTIF_NETCONF) >>> 0

type AccessType = typeof C.NOTIF_JSONRPC | typeof C.NOTIF_WEBUI | typeof C.NOTIF_NETCONF
type LogType = AccessType | typeof C.NOTIF_DAEMON | typeof C.NOTIF_DEVEL

/** Returns false if the notification could not be published. */
type Publish = (notification: NcsNotification) => boolean

/** Turns the lines of the hub's own logs into notifications; those for developers and of accesses while they are read. */
export class OwnLogs {
  readonly #host: Pick<ObservedHub, 'observers' | 'reporting'>
  readonly #publish: Publish

  constructor(host: Pick<ObservedHub, 'observers' | 'reporting'>, publish: Publish) {
    this.#host = host
    this.#publish = publish
  }

  /** Goes by what is read now. */
  follow(): void {
    const { observers, reporting } = this.#host
    const { demand, access } = reporting
    observers.ownLog.read((line) => this.#line(line), demand.wants(C.NOTIF_TAKEOVER_SYSLOG))
    access.reader = demand.wants(ACCESS) ? (request) => this.#access(request) : undefined
  }

  stop(): void {
    this.#host.observers.ownLog.read(undefined)
    this.#host.reporting.access.reader = undefined
  }

  #line({ level, text, code = '' }: OwnLine): boolean {
    const logno = lognos[code] ?? 0
    const prio = logno === 0 ? PRIORITIES[level] : CRITICAL
    const isForDevelopers =
      this.#host.reporting.demand.wants(C.NOTIF_DEVEL) &&
      this.#publish(syslog(C.NOTIF_DEVEL, prio, text, logno))
    if (level === 'debug') return isForDevelopers
    return this.#publish(syslog(C.NOTIF_DAEMON, prio, text, logno))
  }

  #access(access: Access): void {
    const { principal, address = 'local', what, result, ms } = access
    const type = typeOf(access)
    if (!this.#host.reporting.demand.wants(type)) return
    const msg = `${address} ${principal || '-'} "${what}" ${result} ${ms.toFixed(1)} ms`
    this.#publish(syslog(type, PRIORITIES.info, msg))
  }
}

function typeOf({ isPage, isNetconf }: Access): AccessType {
  if (isNetconf) return C.NOTIF_NETCONF
  return isPage ? C.NOTIF_WEBUI : C.NOTIF_JSONRPC
}

export function syslog(type: LogType, prio: number, text: string, logno = 0): NcsNotification {
  return { type, syslog: { prio, logno, msg: text.slice(0, MAX_MESSAGE) } }
}
