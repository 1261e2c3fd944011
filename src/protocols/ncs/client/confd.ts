import type { NcsNotification } from '../notifications/notification.js'
import type { FlatNotification } from '../notifications/read.js'
import { NotificationSocket, type SocketOptions } from './notification-socket.js'

export * from '../constants/events.js'
export * from './common.js'
export { ConfdNotificationsData as NotificationsData } from './notifications-data.js'

/**
 * Makes a socket whose notifications also have the older keys of ConfD. Throws TCN_NCS_ARGUMENT.
 *
 * @example
 * const sock = socket(AF_INET)
 * await notificationsConnect(sock, NOTIF_HA_INFO, '127.0.0.1', CONFD_PORT)
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
  return new NotificationSocket(family, 'confd', options)
}
