import type { AnnouncedCommit, ConfigEvent } from '../../config/commits/observer.js'
import type { CommitRecord } from '../../config/commits/records.js'
import type { Runtime } from '../../event/runtime.js'
import type { Progress, Span } from '../../methods/progress.js'
import * as C from '../../protocols/ncs/constants/events.js'
import * as L from '../../protocols/ncs/constants/library.js'
import type { NcsNotification, UserInfo } from '../../protocols/ncs/notifications/notification.js'
import { AUDIT_LOGNO } from './own-notifications.js'
import type { UserInfos } from './user-infos.js'

/** The notification for which a commit waits. */
export type CommitDiff = Extract<NcsNotification, { type: typeof C.NOTIF_COMMIT_DIFF }>

type Phase = ConfigEvent & { type: 'phase' }

/** Phases in which a commit is already on its way into effect. */
const SECOND_PHASE = new Set(['write', 'apply', 'finish'])

/** Turns what happens to the configuration of the hub into notifications, and the phases of commits into spans. */
export class ConfigNotifications {
  readonly #runtime: Pick<Runtime, 'now'>
  readonly #users: UserInfos
  readonly #progress: Pick<Progress, 'begin'>
  /** The phase that runs in each transaction. */
  readonly #phases = new Map<number, Span>()

  constructor(runtime: Pick<Runtime, 'now'>, users: UserInfos, progress: Pick<Progress, 'begin'>) {
    this.#runtime = runtime
    this.#users = users
    this.#progress = progress
  }

  of(event: ConfigEvent): NcsNotification[] {
    const uinfo = this.#users.infoOf(event.by)
    switch (event.type) {
      case 'transaction':
        return [
          session(
            event.state === 'start' ? C.USER_SESS_START_TRANS : C.USER_SESS_STOP_TRANS,
            uinfo,
            L.RUNNING,
          ),
        ]
      case 'lock':
        return [session(event.state === 'locked' ? C.USER_SESS_LOCK : C.USER_SESS_UNLOCK, uinfo, L.CANDIDATE)]
      case 'phase':
        this.#follow(event, uinfo)
        return []
      case 'commit':
        return [committed(event.record, uinfo)]
      case 'failed':
        this.#end(event.transaction, event.error.code)
        return SECOND_PHASE.has(event.phase) ? [failed] : []
      case 'confirmed-commit':
        return this.#confirmed(event.state, event.record, uinfo)
    }
  }

  /** Returns the difference with which a commit waits for those that read its changes. */
  diffOf({ transaction, by, record }: AnnouncedCommit): CommitDiff {
    const uinfo = this.#users.infoOf(by)
    const { label, comment } = record
    return {
      type: C.NOTIF_COMMIT_DIFF,
      commit_diff: {
        database: L.RUNNING,
        flags: flagsOf(record),
        uinfo,
        tctx: { thandle: transaction, dbname: L.RUNNING, usid: uinfo.usid },
        ...(label !== undefined && { label }),
        ...(comment !== undefined && { comment }),
      },
    }
  }

  #follow({ phase, state, transaction, trace: parent, links }: Phase, { usid }: UserInfo): void {
    this.#end(transaction)
    if (state === 'stop') return
    const work = { name: phase, subsystem: 'config', parent, links, usid, transaction }
    const span = this.#progress.begin(work)
    if (span !== undefined) this.#phases.set(transaction, span)
  }

  #end(transaction: number, annotation?: string): void {
    this.#phases.get(transaction)?.end(annotation)
    this.#phases.delete(transaction)
  }

  #confirmed(
    state: (ConfigEvent & { type: 'confirmed-commit' })['state'],
    record: CommitRecord,
    uinfo: UserInfo,
  ): NcsNotification[] {
    const { until = 0 } = record
    const seconds = Math.max(0, Math.ceil((until - this.#runtime.now()) / 1e6))
    const type = { started: C.CONFIRMED_COMMIT, confirmed: C.CONFIRMING_COMMIT, aborted: C.ABORT_COMMIT }[
      state
    ]
    const timeout = state === 'started' ? seconds : 0
    const told = { type: C.NOTIF_CONFIRMED_COMMIT, confirm: { type, timeout, uinfo } } as const
    // The return to the previous configuration is a change as well.
    return state === 'aborted' ? [told, committed(record, uinfo)] : [told]
  }
}

/** The audit of what the hub changes by itself, which nobody has called. */
export function auditOfRevert(event: ConfigEvent): NcsNotification[] {
  if (event.type !== 'confirmed-commit' || event.state !== 'aborted' || event.by.user !== 'system') return []
  const msg = `commit ${event.record.number} by ${event.record.user} was reverted: ${event.reason ?? ''}`
  return [{ type: C.NOTIF_AUDIT, audit: { logno: AUDIT_LOGNO.configuration, user: 'system', msg, usid: 0 } }]
}

const failed: NcsNotification = {
  type: C.NOTIF_COMMIT_FAILED,
  cfail: { provider: C.DP_CDB, dbname: L.RUNNING },
}

function session(type: number, uinfo: UserInfo, database: number): NcsNotification {
  return { type: C.NOTIF_USER_SESSION, user_sess: { type, uinfo, database } }
}

function committed(record: CommitRecord, uinfo: UserInfo): NcsNotification {
  return {
    type: C.NOTIF_COMMIT_SIMPLE,
    commit: { database: L.RUNNING, diff_available: false, flags: flagsOf(record), uinfo },
  }
}

function flagsOf({ state, extends: extended }: CommitRecord): number {
  if (state !== 'unconfirmed') return 0
  return C.NOTIF_COMMIT_FLAG_CONFIRMED | (extended === undefined ? 0 : C.NOTIF_COMMIT_FLAG_CONFIRMED_EXTENDED)
}
