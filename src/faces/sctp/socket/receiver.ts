import { constants as os } from 'node:os'
import { SctpNotificationError } from '../error.js'
import { linux } from '../linux.js'
import { parseNotification } from '../reader.js'
import { LITTLE } from './address.js'
import { SctpSocketError } from './error.js'
import { MessageHeader } from './message-header.js'
import type { RawSocket } from './raw-socket.js'
import { Reassembly } from './reassembly.js'
import type { Received, SctpMessage, SctpNotice } from './received.js'

export const MSG_EOR = 0x80
const MSG_NOTIFICATION = linux.MSG_NOTIFICATION
/** A notification longer than a datagram of IP may be is none. */
const MOST_NOTIFICATION_BYTES = 128 * 1024

/** recvmsg returns at once, so all sockets of a thread read into the same memory and copy out of it. */
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

  /** `'again'` when nothing is there to read yet, `'end'` after the last. */
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

  /** Its parts follow each other. */
  #addNotification(part: Uint8Array, flags: number): SctpNotice | undefined {
    const parts = this.#notification
    parts.push(part)
    const bytes = parts.reduce((sum, { length }) => sum + length, 0)
    if ((flags & MSG_EOR) === 0 && bytes < MOST_NOTIFICATION_BYTES) return undefined
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

/** Between the number that standards write and the field, which the kernel does not touch. */
export function wirePpid(ppid: number): number {
  // What is no such number stays as it is, to be refused.
  if (!LITTLE || ppid >>> 0 !== ppid) return ppid
  return ((ppid << 24) | ((ppid & 0xff00) << 8) | ((ppid >>> 8) & 0xff00) | (ppid >>> 24)) >>> 0
}
