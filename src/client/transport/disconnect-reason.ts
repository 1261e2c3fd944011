import { messageOf } from '../../errors/thrown.js'
import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'

/** Why a connection ended. */
export interface DisconnectReason {
  /** An error code, `END` (a bounded subscription is complete) or `STOP` (the hub stops). */
  code: string
  message: string
  cursor?: string
  /** `address`: of the hub that serves this client instead; empty if it is not known. */
  details?: { address?: unknown }
}

/** Codes after which another attempt may succeed. After all others it would fail again. */
const transientCodes = new Set<string>([
  'STOP',
  'TCN_CLIENT_UNREACHABLE',
  'TCN_CLIENT_SOCKET_DENIED',
  'TCN_CLIENT_TIMEOUT',
  'TCN_BUS_CLOSED',
  'TCN_BUS_SUSPENDED',
  'TCN_CLUSTER_BEHIND',
  'TCN_CONSUMER_ELSEWHERE',
  'TCN_LOG_CLOSED',
  'TCN_LOG_READ',
  'TCN_NATS_FULL',
  'TCN_NATS_JETSTREAM',
  'TCN_NATS_UNREACHABLE',
  'TCN_PROTOCOL_HELLO_TIMEOUT',
  'TCN_PROTOCOL_IDLE',
  'TCN_PROTOCOL_TOO_MANY',
  'TCN_INTERNAL',
] satisfies (ErrorCode | 'STOP')[])

export function isTransient(reason: DisconnectReason): boolean {
  return transientCodes.has(reason.code)
}

export function disconnectError({ code, message }: DisconnectReason): TocsinError {
  return new TocsinError(
    code === 'STOP' || code === 'END' ? 'TCN_CLIENT_UNREACHABLE' : (code as ErrorCode),
    message,
  )
}

export function toDisconnectReason(error: unknown): DisconnectReason {
  if (TocsinError.is(error)) return { code: error.code, message: error.message }
  return { code: 'TCN_CLIENT_UNREACHABLE', message: messageOf(error) }
}

export function abortError(signal: AbortSignal | undefined): TocsinError {
  return new TocsinError('TCN_CLIENT_ABORTED', undefined, { cause: signal?.reason })
}
