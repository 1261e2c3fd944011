import type { AnnouncedCommit, ConfigEvent } from '../../config/store/observer.js'
import type { CommitRecord } from '../../config/store/records.js'
import type { Runtime } from '../../event/runtime.js'
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

/** Turns what happens to the configuration of the hub into notifications. */
export class ConfigNotifications {
  readonly #runtime: Pick<Runtime, 'now' | 'random'>
  readonly #users: UserInfos
  /** The span of the phase that runs in each transaction. */
  readonly #spans = new Map<number, { id: string; start: number }>()

  constructor(runtime: Pick<Runtime, 'now' | 'random'>, users: UserInfos) {
    this.#runtime = runtime
    this.#users = users
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
        return [this.#progress(event, uinfo)]
      case 'commit':
        return [committed(event.record, uinfo)]
      case 'failed':
        return SECOND_PHASE.has(event.phase) ? [failed] : []
      case 'confirmed-commit':
        return [this.#confirmed(event.state, event.record, uinfo)]
    }
  }

  /** What a commit waits with for those that want to read its changes. */
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

  #progress({ phase, state, transaction, trace }: Phase, uinfo: UserInfo): NcsNotification {
    const timestamp = this.#runtime.now()
    const span = state === 'start' ? this.#newSpan(transaction, timestamp) : this.#spans.get(transaction)
    if (state === 'stop') this.#spans.delete(transaction)
    return {
      type: C.NOTIF_COMMIT_PROGRESS,
      progress: {
        type: state === 'start' ? L.PROGRESS_START : L.PROGRESS_STOP,
        timestamp,
        ...(state === 'stop' && { duration: Math.max(0, timestamp - (span?.start ?? timestamp)) }),
        ...(trace !== undefined && { trace_id: trace.traceId }),
        span_id: span?.id ?? '',
        ...(trace !== undefined && { parent_span_id: trace.spanId }),
        usid: uinfo.usid,
        tid: transaction,
        datastore: L.RUNNING,
        subsystem: 'config',
        msg: phase,
        num_attributes: 0,
        num_links: 0,
      },
    }
  }

  #newSpan(transaction: number, start: number): { id: string; start: number } {
    const span = { id: Buffer.from(this.#runtime.random(8)).toString('hex'), start }
    this.#spans.set(transaction, span)
    return span
  }

  #confirmed(
    state: (ConfigEvent & { type: 'confirmed-commit' })['state'],
    { until = 0 }: CommitRecord,
    uinfo: UserInfo,
  ): NcsNotification {
    const seconds = Math.max(0, Math.ceil((until - this.#runtime.now()) / 1e6))
    const type = { started: C.CONFIRMED_COMMIT, confirmed: C.CONFIRMING_COMMIT, aborted: C.ABORT_COMMIT }[
      state
    ]
    return {
      type: C.NOTIF_CONFIRMED_COMMIT,
      confirm: { type, timeout: state === 'started' ? seconds : 0, uinfo },
    }
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

function flagsOf({ state }: CommitRecord): number {
  return state === 'unconfirmed' ? C.NOTIF_COMMIT_FLAG_CONFIRMED : 0
}
