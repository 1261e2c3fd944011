import { linux } from '../notifications/linux.js'
import type { Notification } from '../notifications/notification.js'

interface PartialMessage {
  parts: Uint8Array[]
  bytes: number
  ssn: number
}

/** Identifies the message of a part. A stream has one ordered and one unordered message at a time. */
export interface PartKey {
  association: number
  stream: number
  unordered: boolean
  ssn: number
}

/** Number of messages of maximum length that may be incomplete at once. */
const MAX_PARTIAL_MESSAGES = 16

/** Joins the parts of messages, which may be interleaved, and limits the bytes that it keeps. */
export class Reassembly {
  readonly #maxMessageBytes: number
  readonly #pending = new Map<string, PartialMessage>()
  #heldBytes = 0
  /** Number of messages whose rest never arrived, since the peer or the kernel abandoned them. */
  abandoned = 0

  constructor(most: number) {
    this.#maxMessageBytes = most
  }

  /** Returns the message, or its beginning if no more of it may be kept; undefined while parts are missing. */
  add(of: PartKey, part: Uint8Array, end: boolean): Uint8Array | undefined {
    // The usual case is a whole message while no other one is incomplete.
    if (end && this.#pending.size === 0) return part
    const key = `${of.association} ${of.stream} ${of.unordered}`
    const known = this.#pending.get(key)
    if (known !== undefined && known.ssn !== of.ssn) this.#abandon(key, known)
    const pending = this.#pending.get(key)
    if (pending === undefined && end) return part
    const message = pending ?? { parts: [], bytes: 0, ssn: of.ssn }
    message.parts.push(part)
    message.bytes += part.length
    this.#heldBytes += part.length
    this.#pending.set(key, message)
    if (
      !end &&
      message.bytes < this.#maxMessageBytes &&
      this.#heldBytes < this.#maxMessageBytes * MAX_PARTIAL_MESSAGES
    )
      return undefined
    this.#forget(key, message)
    return Buffer.concat(message.parts)
  }

  /** Drops the messages that a notification ends, whose rest will not arrive. */
  observe(notification: Notification<'linux'>): void {
    if (notification.sn_type === linux.SCTP_PARTIAL_DELIVERY_EVENT) {
      this.#abandonPartial(notification.pdapi_assoc_id, notification.pdapi_stream)
    } else if (notification.sn_type === linux.SCTP_ASSOC_CHANGE) {
      if (notification.sac_state !== linux.SCTP_COMM_UP) this.#abandonAll(`${notification.sac_assoc_id} `)
    }
  }

  /** Without I-DATA the kernel reports stream 0 for any stream; the association then has at most one partial message. */
  #abandonPartial(association: number, stream: number): void {
    const ofStream = `${association} ${stream} `
    const known = [...this.#pending.keys()].some((key) => key.startsWith(ofStream))
    this.#abandonAll(known ? ofStream : `${association} `)
  }

  #abandonAll(prefix: string): void {
    for (const [key, pending] of this.#pending) if (key.startsWith(prefix)) this.#abandon(key, pending)
  }

  #abandon(key: string, pending: PartialMessage): void {
    this.abandoned++
    this.#forget(key, pending)
  }

  #forget(key: string, { bytes }: PartialMessage): void {
    this.#heldBytes -= bytes
    this.#pending.delete(key)
  }
}
