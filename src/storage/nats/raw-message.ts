import type { Msg } from '@nats-io/transport-node'

/** A message as it was received. Texts and views are only made when they are asked for. */
export interface RawMessage {
  readonly subject: string
  /** Empty if no answer is expected. */
  readonly reply: string
  /** The header block in Latin-1; empty if there is none. */
  readonly header: string
  readonly payload: Uint8Array
  /** The memory of all parts, which are at these places: the payload is behind the header block. */
  readonly bytes: Uint8Array
  readonly replyStart: number
  readonly replyEnd: number
  readonly start: number
  readonly payloadStart: number
  readonly end: number
}

/** A message in the memory in which it came from the server. */
export class ReceivedMessage implements RawMessage {
  readonly bytes: Buffer
  readonly subjectStart: number
  readonly subjectEnd: number
  readonly replyStart: number
  readonly replyEnd: number
  readonly start: number
  readonly payloadStart: number
  readonly end: number

  constructor(
    bytes: Buffer,
    subjectStart: number,
    subjectEnd: number,
    replyStart: number,
    replyEnd: number,
    start: number,
    payloadStart: number,
    end: number,
  ) {
    this.bytes = bytes
    this.subjectStart = subjectStart
    this.subjectEnd = subjectEnd
    this.replyStart = replyStart
    this.replyEnd = replyEnd
    this.start = start
    this.payloadStart = payloadStart
    this.end = end
  }

  get subject(): string {
    return this.bytes.toString('utf8', this.subjectStart, this.subjectEnd)
  }

  get reply(): string {
    return this.bytes.toString('utf8', this.replyStart, this.replyEnd)
  }

  get header(): string {
    return this.bytes.toString('latin1', this.start, this.payloadStart)
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadStart, this.end)
  }
}

/** Copies a message of the library, whose own class for headers decodes every line into objects. */
export function copyOf(message: Msg): RawMessage {
  const { _msg, _rdata } = message as unknown as Inside
  const parts = [Buffer.from(message.subject), Buffer.from(message.reply ?? ''), _rdata ?? nothing]
  const [subject, reply, data] = parts.map(({ length }) => length)
  const start = subject + reply
  const payloadStart = start + Math.max(0, _msg.hdr)
  return new ReceivedMessage(
    Buffer.concat(parts),
    0,
    subject,
    subject,
    start,
    start,
    payloadStart,
    start + data,
  )
}

/** The private fields of a message of the library. */
interface Inside {
  _msg: { hdr: number }
  _rdata: Uint8Array | undefined
}

const nothing = new Uint8Array(0)
