/** The exports that the modules `tocsin/ncs` and `tocsin/confd` share. */

export { TocsinError } from '../../../errors/tocsin-error.js'
export * from '../constants/address-families.js'
export * from '../constants/library.js'
export { bitOf, maskNames, maskOf } from '../constants/mask.js'
export { type ConstantName, constantName, constants, constantValue, type Family } from '../constants/names.js'
export { type FormatOptions, formatNotification } from '../notifications/format.js'
export type {
  NcsNotification,
  NcsPayloads,
  NotificationType,
  TransactionContext,
  UserInfo,
} from '../notifications/notification.js'
export type { NcsNode, NcsTagValue } from '../notifications/payloads.js'
export { type FlatNotification, flatten } from '../notifications/read.js'
export type { AddressFamily, HubAddress, SubscriptionOptions } from './arguments.js'
export { type DiffEntry, diffIterate, diffIterate as diff_iterate } from './diff.js'
export {
  type AnySocket,
  diffNotificationDone,
  diffNotificationDone as diff_notification_done,
  Notification,
  notificationsConnect,
  notificationsConnect as notifications_connect,
  notificationsConnect2,
  notificationsConnect2 as notifications_connect2,
  readNotification,
  readNotification as read_notification,
  syncAuditNetworkNotification,
  syncAuditNetworkNotification as sync_audit_network_notification,
  syncAuditNotification,
  syncAuditNotification as sync_audit_notification,
  syncHaNotification,
  syncHaNotification as sync_ha_notification,
} from './functions.js'
export type { NotificationSocket, SocketOptions } from './notification-socket.js'
export type { NcsTime, NotificationsDataOptions } from './notifications-data.js'
export {
  type NotificationProducer,
  type NotificationPublisher,
  type PublishedNotification,
  type PublishNotificationOptions,
  producer,
} from './producer.js'
