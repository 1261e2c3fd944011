import { constants as os } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'

type SocketErrorCode = Extract<ErrorCode, 'TCN_SCTP_KERNEL' | 'TCN_SCTP_SOCKET'>

/**
 * A failed system call on an SCTP socket.
 *
 * @example
 * try {
 *   await new SctpSocket().connect(['127.0.0.1', 3868])
 * } catch (error) {
 *   if (error instanceof SctpSocketError) console.error(error.syscall, error.errorName) // connect ECONNREFUSED
 * }
 */
export class SctpSocketError extends TocsinError {
  declare readonly code: SocketErrorCode
  /** Name of the system call, such as `connect` or `sendmsg`. */
  readonly syscall: string
  /** Name of the error, such as `ECONNREFUSED`. */
  readonly errorName: string

  constructor(syscall: string, errno: number) {
    const errorName = getSystemErrorName(-errno)
    const code = isWithoutSctp(syscall, errno) ? 'TCN_SCTP_KERNEL' : 'TCN_SCTP_SOCKET'
    const message = code === 'TCN_SCTP_KERNEL' ? undefined : `${syscall}: ${errorName}`
    super(code, message, { details: { syscall, error: errorName } })
    this.syscall = syscall
    this.errorName = errorName
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return TocsinError.is(value, 'TCN_SCTP_SOCKET') || TocsinError.is(value, 'TCN_SCTP_KERNEL')
  }
}

const ESOCKTNOSUPPORT = 94

function isWithoutSctp(syscall: string, errno: number): boolean {
  return syscall === 'socket' && (errno === os.errno.EPROTONOSUPPORT || errno === ESOCKTNOSUPPORT)
}

/** Returns the result of a call. Throws if it is a negative errno. */
export function checked(syscall: string, result: number): number {
  if (result < 0) throw new SctpSocketError(syscall, -result)
  return result
}

export const closedError = (syscall: string) => new SctpSocketError(syscall, os.errno.EBADF)
