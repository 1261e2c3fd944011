import type { SctpNotificationError } from '../error.js'
import type { Notification } from '../notification.js'
import type { Address } from './address.js'
import type { NextInfo, ReceiveInfo } from './message-header.js'

/** User data. */
export interface SctpMessage {
  kind: 'message'
  data: Uint8Array
  /** False for a part of a message that is longer than `maxMessage`; the part that ends it says true. */
  complete: boolean
  association: number
  stream: number
  /** The payload protocol identifier as standards write it, 60 for NGAP; `info.rcv_ppid` is that of the wire. */
  ppid: number
  unordered: boolean
  /** The primary address of the peer. */
  address: Address | undefined
  info: ReceiveInfo | undefined
  /** Of the message that waits behind this one, if SCTP_RECVNXTINFO is on. */
  next: NextInfo | undefined
  /** Of recvmsg. */
  flags: number
}

export interface SctpNotice {
  kind: 'notification'
  /** Undefined for one that a newer kernel sends and the parser does not know; `error` says why. */
  notification: Notification<'linux'> | undefined
  error?: SctpNotificationError
  data: Uint8Array
  address: Address | undefined
  flags: number
}

export type Received = SctpMessage | SctpNotice
