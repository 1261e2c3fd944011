import {
  NCS_NOTIF_AUDIT_NETWORK,
  NOTIF_AUDIT,
  NOTIF_COMMIT_DIFF,
  NOTIF_HA_INFO,
} from '../constants/events.js'
import type { NcsNotification, TransactionContext } from '../notifications/notification.js'
import type { FlatNotification } from '../notifications/read.js'
import {
  argumentError,
  checkData,
  checkMask,
  checkWithoutData,
  type SubscriptionOptions,
} from './arguments.js'
import type { NotificationSocket } from './notification-socket.js'
import { NotificationsData } from './notifications-data.js'

/** Any notification socket: those with flat notifications are of another type. */
export type AnySocket = NotificationSocket<NcsNotification> | NotificationSocket<FlatNotification>

/**
 * Subscribes to the notifications of a mask. Resolves when the subscription has begun. Rejects with TCN_NCS_ARGUMENT,
 * TCN_NCS_CONNECT, or with what the hub says.
 *
 * @example
 * const sock = socket(AF_INET)
 * await notificationsConnect(sock, NOTIF_AUDIT | NOTIF_COMMIT_SIMPLE, '127.0.0.1', 4569)
 *
 * @example
 * await notificationsConnect(socket(AF_UNIX), { mask: NOTIF_AUDIT, path: '/run/tocsin/tocsin.sock', token })
 */
export async function notificationsConnect(
  sock: AnySocket,
  mask: number,
  ip?: string,
  port?: number,
  path?: string,
): Promise<void>
export async function notificationsConnect(sock: AnySocket, options: SubscriptionOptions): Promise<void>
export async function notificationsConnect(
  sock: AnySocket,
  given: number | SubscriptionOptions,
  ip?: string,
  port?: number,
  path?: string,
): Promise<void> {
  const options: SubscriptionOptions = typeof given === 'object' ? given : { mask: given, ip, port, path }
  const { mask, lag, ...address } = options
  const checked = checkMask(mask)
  checkWithoutData(checked)
  await sock.connect(checked, address, { lag })
}

/**
 * The same with what heartbeats, health checks and streams need.
 *
 * @example
 * const data = new NotificationsData({ heartbeat_interval: 10_000 })
 * await notificationsConnect2(socket(AF_INET), NOTIF_HEARTBEAT, data, '127.0.0.1', NCS_PORT)
 */
export async function notificationsConnect2(
  sock: AnySocket,
  mask: number,
  data: NotificationsData,
  ip?: string,
  port?: number,
  path?: string,
): Promise<void>
export async function notificationsConnect2(
  sock: AnySocket,
  options: SubscriptionOptions & { data: NotificationsData },
): Promise<void>
export async function notificationsConnect2(
  sock: AnySocket,
  given: number | (SubscriptionOptions & { data: NotificationsData }),
  positional?: NotificationsData,
  ip?: string,
  port?: number,
  path?: string,
): Promise<void> {
  const options: SubscriptionOptions & { data?: NotificationsData } =
    typeof given === 'object' ? given : { mask: given, data: positional, ip, port, path }
  const { mask, data, lag, ...address } = options
  if (!(data instanceof NotificationsData))
    throw argumentError('notificationsConnect2 needs NotificationsData')
  const checked = checkMask(mask)
  checkData(checked, data)
  await sock.connect(checked, address, { data, lag })
}

/**
 * Resolves with the next notification. Rejects with TCN_NCS_CLOSED when there will be no more.
 *
 * @example
 * const n = await readNotification(sock)
 * if (n.type === NOTIF_AUDIT) console.log(n.audit.user, n.audit.msg)
 */
export function readNotification<N extends NcsNotification | FlatNotification>(
  sock: NotificationSocket<N>,
): Promise<N> {
  return sock.read()
}

/**
 * Lets the transaction of a NOTIF_COMMIT_DIFF go on. Throws TCN_NCS_ACK for one that was not read.
 *
 * @example
 * if (n.type === NOTIF_COMMIT_DIFF) {
 *   for await (const { path, op } of diffIterate(sock, n.commit_diff.tctx)) console.log(path, op)
 *   diffNotificationDone(sock, n.commit_diff.tctx)
 * }
 */
export function diffNotificationDone(sock: AnySocket, tctx: Pick<TransactionContext, 'thandle'>): void {
  sock.answer(NOTIF_COMMIT_DIFF, tctx.thandle)
}

/**
 * Lets the user session of a NOTIF_AUDIT go on. Throws TCN_NCS_ACK for one of which nothing was read.
 *
 * @example
 * if (n.type === NOTIF_AUDIT) syncAuditNotification(sock, n.audit.usid)
 */
export function syncAuditNotification(sock: AnySocket, usid: number): void {
  sock.answer(NOTIF_AUDIT, usid)
}

/**
 * The same for NOTIF_AUDIT_NETWORK.
 *
 * @example
 * if (n.type === NCS_NOTIF_AUDIT_NETWORK) syncAuditNetworkNotification(sock, n.audit_network.usid)
 */
export function syncAuditNetworkNotification(sock: AnySocket, usid: number): void {
  sock.answer(NCS_NOTIF_AUDIT_NETWORK, usid)
}

/**
 * Lets high availability go on after a NOTIF_HA_INFO. Throws TCN_NCS_ACK if none was read.
 *
 * @example
 * if (n.type === NOTIF_HA_INFO) syncHaNotification(sock)
 */
export function syncHaNotification(sock: AnySocket): void {
  sock.answer(NOTIF_HA_INFO)
}

/** In the vendor's modules a name for the result of `readNotification`. It cannot be constructed. */
export class Notification {
  constructor() {
    throw new TypeError('a Notification comes from readNotification and cannot be constructed')
  }
}
