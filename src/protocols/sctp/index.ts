export { type CauseName, type ErrorCause, parseErrorCauses } from './notifications/causes.js'
export { encodeNotification } from './notifications/encode.js'
export { type SctpErrorCode, type SctpErrorPlace, SctpNotificationError } from './notifications/error.js'
export {
  type NotificationEvent,
  type NotificationEventOptions,
  notificationEvent,
  type SctpEventData,
  type SctpEventFacts,
} from './notifications/event.js'
export * from './notifications/host-constants.js'
export { notificationName, valueName } from './notifications/names.js'
export type * from './notifications/notification.js'
export {
  NotificationReader,
  parseNotification,
  parseNotifications,
  type ReadAllOptions,
} from './notifications/parse.js'
export {
  type ByteFormat,
  constants,
  type Endian,
  hostPlatform,
  type Platform,
} from './notifications/platform.js'
export type { SocketAddress } from './notifications/socket-address.js'
export type { Address } from './socket/address.js'
export { SctpSocketError } from './socket/error.js'
export { everyEvent, type LinuxEventName, SCTP_EVENT_CSIZE, SctpEvent } from './socket/event-option.js'
export type { NextInfo, ReceiveInfo, SendInfo } from './socket/message-header.js'
export type { OptionInput, OptionName, OptionValue, PathInfo } from './socket/options.js'
export { PythonSocket, type ReceiveAndNextInfo, type SctpRecvv, sctpSocket } from './socket/python-socket.js'
export { AF_INET, AF_INET6, SOCK_SEQPACKET, SOCK_STREAM } from './socket/raw-socket.js'
export type { Received, SctpMessage, SctpNotice } from './socket/receiver.js'
export { MSG_EOR } from './socket/receiver.js'
export { SctpSocket, type SctpSocketOptions } from './socket/sctp-socket.js'
export type { SendOptions } from './socket/sender.js'
export type { SctpMessageEvent } from './types/index.js'
