import { type ErrorCode, TocsinError } from '../event/errors.js'

/** Why a connection is no more. */
export interface Loss {
  /** An error code, END (a bounded subscription is complete) or STOP (the hub stops). */
  code: string
  message: string
  cursor?: string
}

/** After these the same request may go well later; after all others it would fail again. */
const passing = new Set<string>([
  'STOP',
  'TCN_CLIENT_UNREACHABLE',
  'TCN_CLIENT_TIMEOUT',
  'TCN_BUS_CLOSED',
  'TCN_BUS_SUSPENDED',
  'TCN_LOG_CLOSED',
  'TCN_PROTOCOL_HELLO_TIMEOUT',
  'TCN_PROTOCOL_IDLE',
  'TCN_PROTOCOL_TOO_MANY',
  'TCN_INTERNAL',
] satisfies (ErrorCode | 'STOP')[])

export function isPassing(loss: Loss): boolean {
  return passing.has(loss.code)
}

export function lossError({ code, message }: Loss): TocsinError {
  return new TocsinError(
    code === 'STOP' || code === 'END' ? 'TCN_CLIENT_UNREACHABLE' : (code as ErrorCode),
    message,
  )
}

export function toLoss(error: unknown): Loss {
  if (TocsinError.is(error)) return { code: error.code, message: error.message }
  return { code: 'TCN_CLIENT_UNREACHABLE', message: error instanceof Error ? error.message : String(error) }
}
