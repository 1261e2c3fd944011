import { linux } from '../linux.js'
import type { Notification } from '../notification.js'

interface Pending {
  parts: Uint8Array[]
  bytes: number
  ssn: number
}

/** Which message a part belongs to: a stream has one at a time in each order. */
export interface PartOf {
  association: number
  stream: number
  unordered: boolean
  ssn: number
}

/** How many messages of full length may be incomplete at once. */
const MOST_AT_ONCE = 16

/** Puts together the parts of messages, which may come in turns, and holds only so much of them. */
export class Reassembly {
  readonly #most: number
  readonly #pending = new Map<string, Pending>()
  #held = 0
  /** Messages whose rest never came: the peer or the kernel gave them up. */
  abandoned = 0

  constructor(most: number) {
    this.#most = most
  }

  /** The message up to here, if it has ended or more of it may not be held; undefined while parts are missing. */
  add(of: PartOf, part: Uint8Array, end: boolean): Uint8Array | undefined {
    // Nearly always: a whole message, and no other one that has begun.
    if (end && this.#pending.size === 0) return part
    const key = `${of.association} ${of.stream} ${of.unordered}`
    const known = this.#pending.get(key)
    if (known !== undefined && known.ssn !== of.ssn) this.#abandon(key, known)
    const pending = this.#pending.get(key)
    if (pending === undefined && end) return part
    const message = pending ?? { parts: [], bytes: 0, ssn: of.ssn }
    message.parts.push(part)
    message.bytes += part.length
    this.#held += part.length
    this.#pending.set(key, message)
    if (!end && message.bytes < this.#most && this.#held < this.#most * MOST_AT_ONCE) return undefined
    this.#forget(key, message)
    return Buffer.concat(message.parts)
  }

  /** What a notification ends does not wait for a rest that will not come. */
  observe(notification: Notification<'linux'>): void {
    if (notification.sn_type === linux.SCTP_PARTIAL_DELIVERY_EVENT) {
      this.#abandonPartial(notification.pdapi_assoc_id, notification.pdapi_stream)
    } else if (notification.sn_type === linux.SCTP_ASSOC_CHANGE) {
      if (notification.sac_state !== linux.SCTP_COMM_UP) this.#abandonAll(`${notification.sac_assoc_id} `)
    }
  }

  /** Without I-DATA the kernel says stream 0 whatever the stream was; then there is one message at most. */
  #abandonPartial(association: number, stream: number): void {
    const ofStream = `${association} ${stream} `
    const known = [...this.#pending.keys()].some((key) => key.startsWith(ofStream))
    this.#abandonAll(known ? ofStream : `${association} `)
  }

  #abandonAll(prefix: string): void {
    for (const [key, pending] of this.#pending) if (key.startsWith(prefix)) this.#abandon(key, pending)
  }

  #abandon(key: string, pending: Pending): void {
    this.abandoned++
    this.#forget(key, pending)
  }

  #forget(key: string, { bytes }: Pending): void {
    this.#held -= bytes
    this.#pending.delete(key)
  }
}
