import { constants as os } from 'node:os'
import { SctpNotificationError } from '../notifications/error.js'
import { linux } from '../notifications/linux.js'
import type { Notification } from '../notifications/notification.js'
import { parseNotification } from '../notifications/parse.js'
import { type Address, LITTLE } from './address.js'
import { SctpSocketError } from './error.js'
import { MessageHeader, type NextInfo, type ReceiveInfo } from './message-header.js'
import type { RawSocket } from './raw-socket.js'
import { Reassembly } from './reassembly.js'

export const MSG_EOR = 0x80
const MSG_NOTIFICATION = linux.MSG_NOTIFICATION
/** A notification cannot be longer than this. */
const MAX_NOTIFICATION_BYTES = 128 * 1024

/** recvmsg does not wait, so that all sockets of a thread can read into the same memory and copy from it. */
const buffer = new Uint8Array(new ArrayBuffer(64 * 1024))
const header = new MessageHeader()
const noInfo = { rcv_assoc_id: 0, rcv_sid: 0, rcv_ssn: 0 }

/** Reads one message or notification at a time. */
export class Receiver {
  readonly #socket: RawSocket
  readonly #messages: Reassembly
  #notification: Uint8Array[] = []

  constructor(socket: RawSocket, maxMessage: number) {
    this.#socket = socket
    this.#messages = new Reassembly(maxMessage)
  }

  get abandoned(): number {
    return this.#messages.abandoned
  }

  /** `'again'` if there is nothing to read at present, `'end'` after the last message. */
  next(): Received | 'again' | 'end' {
    for (;;) {
      const count = this.#socket.recvmsg(buffer, header)
      if (count === -os.errno.EAGAIN) return 'again'
      if (count === -os.errno.EINTR) continue
      if (count < 0) throw new SctpSocketError('recvmsg', -count)
      if (count === 0 && (header.flags & MSG_NOTIFICATION) === 0) return 'end'
      const received = this.#receive(buffer.slice(0, count))
      if (received !== undefined) return received
    }
  }

  #receive(part: Uint8Array): Received | undefined {
    const { flags } = header
    return flags & MSG_NOTIFICATION ? this.#addNotification(part, flags) : this.#addMessage(part, flags)
  }

  #addMessage(part: Uint8Array, flags: number): SctpMessage | undefined {
    const info = header.receiveInfo
    const { rcv_assoc_id: association, rcv_sid: stream, rcv_ssn: ssn } = info ?? noInfo
    const unordered = info !== undefined && (info.rcv_flags & linux.SCTP_UNORDERED) !== 0
    const complete = (flags & MSG_EOR) !== 0
    const data = this.#messages.add({ association, stream, unordered, ssn }, part, complete)
    if (data === undefined) return undefined
    return {
      kind: 'message',
      data,
      complete,
      association,
      stream,
      ppid: info === undefined ? 0 : wirePpid(info.rcv_ppid),
      unordered,
      address: header.address,
      info,
      next: header.nextInfo,
      flags,
    }
  }

  /** The parts of a notification follow each other directly. */
  #addNotification(part: Uint8Array, flags: number): SctpNotice | undefined {
    const parts = this.#notification
    parts.push(part)
    const bytes = parts.reduce((sum, { length }) => sum + length, 0)
    if ((flags & MSG_EOR) === 0 && bytes < MAX_NOTIFICATION_BYTES) return undefined
    this.#notification = []
    const data = parts.length === 1 ? part : Buffer.concat(parts)
    const notice: SctpNotice = { kind: 'notification', ...parsed(data), data, address: header.address, flags }
    if (notice.notification) this.#messages.observe(notice.notification)
    return notice
  }
}

function parsed(data: Uint8Array): Pick<SctpNotice, 'notification' | 'error'> {
  try {
    return { notification: parseNotification(data, { platform: 'linux' }) }
  } catch (error) {
    if (!(error instanceof SctpNotificationError)) throw error
    return { notification: undefined, error }
  }
}

/** Converts a payload protocol identifier between host and network byte order, which the kernel does not do. */
export function wirePpid(ppid: number): number {
  // Other values are returned unchanged, so that they are refused later.
  if (!LITTLE || ppid >>> 0 !== ppid) return ppid
  return ((ppid << 24) | ((ppid & 0xff00) << 8) | ((ppid >>> 8) & 0xff00) | (ppid >>> 24)) >>> 0
}

/** A message with user data. */
export interface SctpMessage {
  kind: 'message'
  data: Uint8Array
  /** False for each part of a message longer than `maxMessage` except the last one. */
  complete: boolean
  association: number
  stream: number
  /** Payload protocol identifier as written in standards, such as 60 for NGAP. `info.rcv_ppid` has network byte order. */
  ppid: number
  unordered: boolean
  /** The primary address of the peer. */
  address: Address | undefined
  info: ReceiveInfo | undefined
  /** Information about the next message, if SCTP_RECVNXTINFO is on and it has arrived. */
  next: NextInfo | undefined
  /** The flags of recvmsg. */
  flags: number
}

export interface SctpNotice {
  kind: 'notification'
  /** Undefined for a notification that the parser does not support; `error` has the reason. */
  notification: Notification<'linux'> | undefined
  error?: SctpNotificationError
  data: Uint8Array
  address: Address | undefined
  flags: number
}

export type Received = SctpMessage | SctpNotice
