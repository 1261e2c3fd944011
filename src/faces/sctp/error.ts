import { type ErrorCode, TocsinError } from '../../event/errors.js'

const codes = [
  'TCN_SCTP_TYPE',
  'TCN_SCTP_LENGTH',
  'TCN_SCTP_STATE',
  'TCN_SCTP_CAUSE',
  'TCN_SCTP_VALUE',
] as const satisfies ErrorCode[]

export type SctpErrorCode = (typeof codes)[number]

/** Where in which notification the fault is; in an error cause, `type` is the code of the cause. */
export interface SctpErrorPlace {
  type?: number
  /** What the notification says its length is. */
  length?: number
  /** Of the field at fault, from the beginning of the bytes given. */
  offset: number
}

/** Bytes that are no sound notification, or an object that cannot be encoded as one. */
export class SctpNotificationError extends TocsinError {
  declare readonly code: SctpErrorCode
  readonly type: number | undefined
  readonly length: number | undefined
  readonly offset: number

  constructor(code: SctpErrorCode, what: string, { type, length, offset }: SctpErrorPlace) {
    const facts = [
      type === undefined ? '' : `type ${type}`,
      length === undefined ? '' : `length ${length}`,
      `offset ${offset}`,
    ]
    super(code, `${what} (${facts.filter(Boolean).join(', ')})`, { details: { type, length, offset } })
    this.type = type
    this.length = length
    this.offset = offset
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return TocsinError.is(value) && (codes as readonly ErrorCode[]).includes(value.code)
  }
}
