import type { SessionInfo } from '../../access/sessions.js'
import * as C from '../../protocols/ncs/constants/events.js'
import * as L from '../../protocols/ncs/constants/library.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import { AUDIT_LOGNO } from './own-notifications.js'
import { infoOf } from './user-infos.js'

/** The notifications that a session has begun, in the order in which they are published. */
export function loginNotifications(session: SessionInfo): NcsNotification[] {
  return [
    userSession(C.USER_SESS_START, session),
    audit(session, AUDIT_LOGNO.login, `logged in, ${session.context} from ${session.from}`),
  ]
}

/** The same for its end. */
export function logoutNotifications(session: SessionInfo): NcsNotification[] {
  return [
    audit(session, AUDIT_LOGNO.logout, `logged out, ${session.context} from ${session.from}`),
    userSession(C.USER_SESS_STOP, session),
  ]
}

function userSession(type: number, session: SessionInfo): NcsNotification {
  return {
    type: C.NOTIF_USER_SESSION,
    user_sess: { type, uinfo: infoOf(session), database: L.NO_DB },
  }
}

function audit({ user, usid }: SessionInfo, logno: number, msg: string): NcsNotification {
  return { type: C.NOTIF_AUDIT, audit: { logno, user, msg, usid } }
}
