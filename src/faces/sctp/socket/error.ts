import { constants as os } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { type ErrorCode, TocsinError } from '../../../event/errors.js'

type SocketErrorCode = Extract<ErrorCode, 'TCN_SCTP_KERNEL' | 'TCN_SCTP_SOCKET'>

/** A system call on an SCTP socket that failed. */
export class SctpSocketError extends TocsinError {
  declare readonly code: SocketErrorCode
  /** `connect`, `sendmsg` and so on. */
  readonly syscall: string
  /** `ECONNREFUSED` and so on. */
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

/** The result of a call, which is a negative errno if it failed. */
export function checked(syscall: string, result: number): number {
  if (result < 0) throw new SctpSocketError(syscall, -result)
  return result
}

export const closedError = (syscall: string) => new SctpSocketError(syscall, os.errno.EBADF)
