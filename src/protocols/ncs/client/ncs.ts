import type { NcsNotification } from '../notifications/notification.js'
import type { FlatNotification } from '../notifications/read.js'
import { NotificationSocket, type SocketOptions } from './notification-socket.js'

export * from '../constants/events.js'
export * from './common.js'
export { NotificationsData } from './notifications-data.js'

/**
 * Makes a socket for notifications, of the family AF_UNIX, AF_INET or AF_INET6. Throws TCN_NCS_ARGUMENT.
 *
 * @example
 * await using sock = socket(AF_UNIX)
 * await notificationsConnect(sock, { mask: NOTIF_AUDIT, path: '/run/tocsin/ncs/ipc' })
 * for await (const n of sock) console.log(formatNotification(n))
 */
export function socket(
  family: number,
  options: SocketOptions & { flat: true },
): NotificationSocket<FlatNotification>
export function socket(family: number, options?: SocketOptions): NotificationSocket<NcsNotification>
export function socket(
  family: number,
  options?: SocketOptions,
): NotificationSocket<NcsNotification> | NotificationSocket<FlatNotification> {
  return new NotificationSocket(family, 'ncs', options)
}
