import type { AnnouncedCommit } from '../../config/commits/observer.js'
import { encodeFrame } from '../../event/frame.js'
import { encode } from '../../event/msgpack/encoder.js'
import * as C from '../../protocols/ncs/constants/events.js'
import type { NcsNotification } from '../../protocols/ncs/notifications/notification.js'
import type { AuditCause, AuditEvent } from '../audit.js'
import type { ObservedHub } from '../observed-hub.js'
import { auditOfRevert, type ConfigNotifications } from './config-notifications.js'
import { edgeNotifications } from './edge-notifications.js'
import { type GatedNotifications, ownEventOf } from './gated-notifications.js'
import { notificationsOf } from './own-notifications.js'
import { loginNotifications, logoutNotifications } from './session-notifications.js'

interface Output {
  readonly config: ConfigNotifications
  readonly gated: GatedNotifications
  /** Publishes one that nobody waits for. */
  publish(notification: NcsNotification): void
}

type Host = Pick<ObservedHub, 'access' | 'hub' | 'observers' | 'runtime' | 'sessions'>

/** Reports audits, sessions, and what happens to the configuration. Returns a function that ends it. */
export function observeHub(host: Host, output: Output): () => void {
  const { config, gated, publish } = output
  const all = (notifications: readonly NcsNotification[]) => notifications.forEach(publish)
  const ends = [
    host.observers.observeAudits({ audited: (event, cause) => audited(event, cause, output) }),
    host.observers.observeHa({
      happened: ({ tag, data }) => publishGated(notificationsOf(tag, data), output),
    }),
    host.sessions.observe({
      began: (session) => all(loginNotifications(session)),
      ended: (session) => all(logoutNotifications(session)),
    }),
    host.observers.observePushes({
      sending: ({ id, ...audit }) =>
        gated.publish({ type: C.NCS_NOTIF_AUDIT_NETWORK, audit_network: { tid: id, ...audit } }, publish),
    }),
    host.observers.observeEdges(edgeNotifications(() => host.runtime.now(), publish)),
    host.observers.config.add({
      event: (event) => all([...config.of(event), ...auditOfRevert(event)]),
      announce: (commit) => announce(commit, host, output),
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** Only a change has somebody who can wait: a refusal must cost nothing. */
function audited(
  { tag, data, usid }: AuditEvent,
  cause: AuditCause | undefined,
  output: Output,
): Promise<void> | undefined {
  const notifications = notificationsOf(tag, data, usid)
  if (cause !== undefined) return publishGated(notifications, output, cause)
  notifications.forEach(output.publish)
  return undefined
}

/** Returns what is to be waited for; undefined: nothing. */
function publishGated(
  notifications: readonly NcsNotification[],
  { gated, publish }: Output,
  cause?: AuditCause,
): Promise<void> | undefined {
  let wait: Promise<void> | undefined
  for (const notification of notifications) {
    wait = gated.publish(notification, publish, cause) ?? wait
  }
  return wait
}

/** The changes can be read until everybody has answered. */
async function announce(
  commit: AnnouncedCommit,
  { access, observers, hub }: Host,
  { config, gated, publish }: Output,
): Promise<void> {
  const { changes, by } = commit
  const notification = config.diffOf(commit)
  const { thandle, usid } = notification.commit_diff.tctx
  const { data, ...head } = ownEventOf(notification, hub)
  const close = observers.diffs.add({
    thandle,
    usid,
    changes,
    frame: encodeFrame({ ...head, body: encode(data) }),
  })
  const principal = access.find(by.user)
  try {
    await gated.publish(notification, publish, principal && { principal, program: by.program })
  } finally {
    close()
  }
}
