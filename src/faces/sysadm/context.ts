import type { StoredSessions } from '../../access/stored-sessions.js'
import type { Principal } from '../../bus/principal.js'
import { catalogue } from '../../errors/catalogue.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { LongWork } from '../../incremental/long-work.js'
import type { Call } from '../../methods/method.js'
import { SysadmError, type SysadmErrorCode } from '../../protocols/sysadm/codec/errors.js'
import type { FaceHost } from '../face.js'
import { callMethod } from '../shared/call-method.js'
import type { Blacklist } from './blacklist.js'
import type { Challenges } from './challenges.js'
import type { EventFormats } from './event-formats.js'
import type { LastEvents } from './last-events.js'
import type { LoginKeys } from './login-keys.js'
import type { OwnView } from './own-view.js'
import type { SysadmLevel } from './right.js'
import type { WaitingJobs } from './waiting-jobs.js'

/** The objects that all connections of the face share. */
export interface SysadmContext {
  readonly host: FaceHost
  readonly logins: StoredSessions
  readonly challenges: Challenges
  readonly blacklist: Blacklist
  readonly keys: LoginKeys
  readonly formats: EventFormats
  readonly view: OwnView
  readonly last: LastEvents
  /** Absent with a spelling that does not repeat them. */
  readonly waitingJobs: WaitingJobs | undefined
  readonly longWork: LongWork
  /** The work for connections on which nobody is logged in. */
  readonly strangers: LongWork
  /** The requests of those who are logged in. */
  readonly requests: LongWork
}

/** The sender of a request that needs a login. */
export interface Caller {
  readonly principal: Principal
  readonly level: SysadmLevel
  readonly address: string
  readonly login: { /** Aborted when it ends. */ readonly ended: AbortSignal; readonly usid?: number }
}

/** Calls a management method of the hub for a caller. Rejects with a SysadmError. */
export async function callHub<Result>(
  { host }: Pick<SysadmContext, 'host'>,
  { principal, address, login }: Caller,
  name: string,
  params: object,
): Promise<Result> {
  const { methods, reports, access, budgets, sessions } = host
  const { authorize } = access
  if (!budgets.requests.take(principal)) throw new SysadmError(503)
  try {
    const call: Call = {
      principal,
      address,
      usid: login.usid,
      signal: login.ended,
      part: noParts,
      aside: (wait) => budgets.requests.aside(principal, wait),
    }
    return (await callMethod(
      { methods, authorize, sessions, called: reports.called },
      name,
      params,
      call,
    )) as Result
  } catch (error) {
    throw toSysadmError(error)
  } finally {
    budgets.requests.release(principal)
  }
}

async function noParts(): Promise<void> {}

const STATUSES: Readonly<Record<number, SysadmErrorCode>> = { 401: 401, 403: 403, 404: 404, 429: 503 }

/** Returns the error for a client; what exactly was wrong is added as `why`. */
export function toSysadmError(error: unknown): SysadmError {
  if (error instanceof SysadmError) return error
  if (!TocsinError.is(error)) return new SysadmError(503)
  const { code, message } = error
  const { status } = catalogue[code]
  return new SysadmError(STATUSES[status] ?? (status < 500 ? 400 : 503), { code, message })
}
