import { beforeEach, describe, expect, it } from 'vitest'
import { Sessions } from '../../../src/access/sessions.js'
import type { ConfigEvent } from '../../../src/config/commits/observer.js'
import type { CommitRecord } from '../../../src/config/commits/records.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { Progress } from '../../../src/methods/progress.js'
import { auditOfRevert, ConfigNotifications } from '../../../src/observers/ncs/config-notifications.js'
import { progressOf } from '../../../src/observers/ncs/progress-notifications.js'
import { UserInfos } from '../../../src/observers/ncs/user-infos.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { eventOf } from '../../../src/protocols/ncs/notifications/event.js'
import type { NcsNotification } from '../../../src/protocols/ncs/notifications/notification.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const by = { user: 'ann', session: 'ann@web1', face: 'http', address: '192.0.2.7:4000', usid: 7 }
const step = { transaction: 5, by }
const record: CommitRecord = { number: 3, time: 0, user: 'ann', state: 'final', keys: ['log.retention.age'] }

let runtime: FakeRuntime
let sessions: Sessions
let notifications: ConfigNotifications
let progress: Progress

beforeEach(() => {
  runtime = new FakeRuntime()
  sessions = new Sessions(runtime)
  progress = new Progress(runtime)
  notifications = new ConfigNotifications(runtime, new UserInfos(sessions, runtime), progress)
})

/** The notification of the event, which the checks of the producer accept. */
function of(event: ConfigEvent): NcsNotification | undefined {
  const made = notifications.of(event)
  for (const notification of made) eventOf(notification)
  expect(made.length).toBeLessThanOrEqual(1)
  return made[0]
}

describe('the configuration as notifications', () => {
  it('says who begins and ends a transaction, and holds the lock', () => {
    const uinfo = {
      username: 'ann',
      usid: 7,
      context: 'http',
      proto: ncs.PROTO_HTTP,
      addr: '192.0.2.7',
      af: ncs.AF_INET,
      port: 4000,
    }
    expect(of({ type: 'transaction', state: 'start', ...step })).toMatchObject({
      type: ncs.NOTIF_USER_SESSION,
      user_sess: { type: ncs.USER_SESS_START_TRANS, uinfo, database: ncs.RUNNING },
    })
    expect(of({ type: 'lock', state: 'locked', ...step })).toMatchObject({
      user_sess: { type: ncs.USER_SESS_LOCK, uinfo, database: ncs.CANDIDATE },
    })
    expect(of({ type: 'lock', state: 'unlocked', ...step })).toMatchObject({
      user_sess: { type: ncs.USER_SESS_UNLOCK },
    })
    expect(of({ type: 'transaction', state: 'stop', ...step })).toMatchObject({
      user_sess: { type: ncs.USER_SESS_STOP_TRANS },
    })
  })

  it('describes the session of a user as it began, and the hub itself without a number', () => {
    const infoOf = (user: object) => {
      const made = of({ type: 'transaction', state: 'start', transaction: 1, by: user as never })
      return made?.type === ncs.NOTIF_USER_SESSION ? made.user_sess.uinfo : undefined
    }
    expect(infoOf({ user: 'system' })).toMatchObject({
      usid: 0,
      context: 'system',
      proto: ncs.PROTO_SYSTEM,
      addr: '',
    })
    sessions.observe({ began: () => {}, ended: () => {} })
    const logintime = Math.floor(runtime.now() / 1e6)
    const usid = sessions.begin('bob', 'native', 'tls://[2001:db8::1]:99999')
    runtime.advance(60_000)
    expect(infoOf({ user: 'bob', face: 'native', usid })).toMatchObject({
      username: 'bob',
      usid,
      context: 'native',
      addr: '2001:db8::1',
      af: ncs.AF_INET6,
      port: 65_535,
      proto: ncs.PROTO_TLS,
      logintime,
    })
  })

  it('has for each commit the context with which its changes can be read', () => {
    const announced = { ...step, record: { ...record, label: 'less', comment: 'why' }, changes: [] }
    const notification = notifications.diffOf(announced)
    eventOf(notification)
    expect(notification.commit_diff).toMatchObject({
      database: ncs.RUNNING,
      flags: 0,
      label: 'less',
      comment: 'why',
      tctx: { thandle: 5, dbname: ncs.RUNNING, usid: 7 },
      uinfo: { username: 'ann', usid: 7 },
    })
  })

  it('reports each phase of a commit as a span', () => {
    const seen: NcsNotification[] = []
    progress.reader = { admits: () => true, step: (each) => void seen.push(progressOf(each)) }
    of({ type: 'phase', phase: 'write', state: 'start', ...step })
    runtime.advance(3)
    of({ type: 'phase', phase: 'write', state: 'stop', ...step })
    for (const each of seen) eventOf(each)
    const [begun, ended] = seen
    const both = { tid: 5, usid: 7, msg: 'write', subsystem: 'config' }
    expect(begun).toMatchObject({ progress: { type: ncs.PROGRESS_START, ...both } })
    expect(ended).toMatchObject({ progress: { type: ncs.PROGRESS_STOP, duration: 3000, ...both } })
    const spans = [begun, ended].map(
      (made) => made?.type === ncs.NOTIF_COMMIT_PROGRESS && made.progress.span_id,
    )
    expect(spans[0]).toMatch(/^[0-9a-f]{16}$/)
    expect(spans[1]).toBe(spans[0])
  })

  it('reports the code of the error of a phase that failed', () => {
    const seen: NcsNotification[] = []
    progress.reader = { admits: () => true, step: (each) => void seen.push(progressOf(each)) }
    of({ type: 'phase', phase: 'validate', state: 'start', ...step })
    of({ type: 'failed', phase: 'validate', error: new TocsinError('TCN_CONFIG_INVALID', 'no'), ...step })
    of({ type: 'phase', phase: 'validate', state: 'stop', ...step })
    expect(seen).toMatchObject([
      { progress: { type: ncs.PROGRESS_START } },
      { progress: { type: ncs.PROGRESS_STOP, annotation: 'TCN_CONFIG_INVALID' } },
    ])
  })

  it('reports a commit, one that waits for its confirmation, and how that ends', () => {
    expect(of({ type: 'commit', record, applied: [], restart: [], ...step })).toMatchObject({
      type: ncs.NOTIF_COMMIT_SIMPLE,
      commit: { database: ncs.RUNNING, flags: 0 },
    })
    const waiting: CommitRecord = { ...record, state: 'unconfirmed', until: runtime.now() + 600e6 }
    expect(of({ type: 'commit', record: waiting, applied: [], restart: [], ...step })).toMatchObject({
      commit: { flags: ncs.NOTIF_COMMIT_FLAG_CONFIRMED },
    })
    const extending: CommitRecord = { ...waiting, extends: 2 }
    const both = ncs.NOTIF_COMMIT_FLAG_CONFIRMED | ncs.NOTIF_COMMIT_FLAG_CONFIRMED_EXTENDED
    expect(of({ type: 'commit', record: extending, applied: [], restart: [], ...step })).toMatchObject({
      commit: { flags: both },
    })
    const diff = notifications.diffOf({ ...step, record: extending, changes: [] })
    expect(diff.commit_diff.flags).toBe(both)
    const told = (state: 'started' | 'confirmed' | 'aborted') =>
      notifications.of({ type: 'confirmed-commit', state, record: waiting, ...step })
    const confirm = (state: 'started' | 'confirmed' | 'aborted') => told(state)[0]
    expect(confirm('started')).toMatchObject({ confirm: { type: ncs.CONFIRMED_COMMIT, timeout: 600 } })
    expect(confirm('confirmed')).toMatchObject({ confirm: { type: ncs.CONFIRMING_COMMIT, timeout: 0 } })
    expect(confirm('aborted')).toMatchObject({ confirm: { type: ncs.ABORT_COMMIT, timeout: 0 } })
    expect([told('confirmed'), told('started')].map(({ length }) => length)).toEqual([1, 1])
    expect(told('aborted')[1]).toMatchObject({
      type: ncs.NOTIF_COMMIT_SIMPLE,
      commit: { database: ncs.RUNNING },
    })
  })

  it('audits what the hub reverts by itself, which is no call of anybody', () => {
    const aborted = { type: 'confirmed-commit', state: 'aborted', record, reason: 'late' } as const
    const [audit] = auditOfRevert({ ...aborted, transaction: 5, by: { user: 'system' } })
    eventOf(audit)
    expect(audit).toMatchObject({
      audit: { logno: 10_006, user: 'system', usid: 0, msg: 'commit 3 by ann was reverted: late' },
    })
    expect(auditOfRevert({ ...aborted, ...step })).toEqual([])
  })

  it('reports a failure only of a commit that was on its way into effect', () => {
    const error = new TocsinError('TCN_CONFIG_APPLY')
    expect(of({ type: 'failed', phase: 'validate', error, ...step })).toBeUndefined()
    expect(of({ type: 'failed', phase: 'apply', error, ...step })).toMatchObject({
      cfail: { provider: ncs.DP_CDB, dbname: ncs.RUNNING },
    })
  })
})
