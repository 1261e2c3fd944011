import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import { isOneOf } from '../../../event/one-of.js'

const codes = [
  'TCN_SCTP_TYPE',
  'TCN_SCTP_LENGTH',
  'TCN_SCTP_STATE',
  'TCN_SCTP_CAUSE',
  'TCN_SCTP_VALUE',
] as const satisfies ErrorCode[]

export type SctpErrorCode = (typeof codes)[number]

/** Where the fault is. In an error cause, `type` is the code of the cause. */
export interface SctpErrorPlace {
  type?: number
  /** The length that the notification states. */
  length?: number
  /** Offset of the faulty field from the beginning of the given bytes. */
  offset: number
}

/**
 * Bytes that are not a valid notification, or an object that cannot be encoded as one.
 *
 * @example
 * try {
 *   parseNotification(bytes)
 * } catch (error) {
 *   if (error instanceof SctpNotificationError) console.warn(error.code, error.offset)
 * }
 */
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
    return TocsinError.is(value) && isOneOf(codes, value.code)
  }
}
