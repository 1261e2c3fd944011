export { type CauseName, type ErrorCause, parseErrorCauses } from './causes.js'
export { encodeNotification } from './encode.js'
export { type SctpErrorCode, type SctpErrorPlace, SctpNotificationError } from './error.js'
export {
  type NotificationEvent,
  type NotificationEventOptions,
  notificationEvent,
  type SctpEventData,
  type SctpEventFacts,
} from './event.js'
export * from './host-constants.js'
export { notificationName, valueName } from './names.js'
export type * from './notification.js'
export { type ByteFormat, constants, type Endian, hostPlatform, type Platform } from './platform.js'
export { NotificationReader, parseNotification, parseNotifications, type ReadAllOptions } from './reader.js'
export * from './socket/index.js'
export type { SocketAddress } from './socket-address.js'
export type { SctpMessageEvent } from './types/index.js'
