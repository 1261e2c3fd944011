import { existsSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import type { ErrorCode } from '../../errors/catalogue.js'
import { codeOf, messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'

const codes: Readonly<Record<string, ErrorCode>> = {
  EADDRINUSE: 'TCN_SOCKET_IN_USE',
  EACCES: 'TCN_LISTEN_DENIED',
  EPERM: 'TCN_LISTEN_DENIED',
  EROFS: 'TCN_LISTEN_DENIED',
  EADDRNOTAVAIL: 'TCN_LISTEN_ADDRESS',
  EAFNOSUPPORT: 'TCN_LISTEN_ADDRESS',
  ENOTFOUND: 'TCN_LISTEN_ADDRESS',
  ENOENT: 'TCN_SOCKET_NO_FOLDER',
  ENOTDIR: 'TCN_SOCKET_NO_FOLDER',
  EEXIST: 'TCN_SOCKET_NO_FOLDER',
  ENAMETOOLONG: 'TCN_CLIENT_PATH_TOO_LONG',
}

/** Returns the error for a listener that cannot be opened at `where`: `host:port` or the path of a unix socket. */
export function listenError(where: string, thrown: unknown): TocsinError {
  const code = codeOf(thrown) ?? ''
  // Node reports EACCES for a unix socket whose folder is missing.
  const isFolderMissing = code === 'EACCES' && isAbsolute(where) && !existsSync(dirname(where))
  const cause = isFolderMissing ? 'TCN_SOCKET_NO_FOLDER' : (codes[code] ?? 'TCN_LISTEN_FAILED')
  const text = cause === 'TCN_SOCKET_IN_USE' ? 'another program already listens there' : messageOf(thrown)
  return new TocsinError(cause, `cannot listen on ${where}: ${text}`, { cause: thrown, details: { where } })
}

const addressErrors: readonly string[] = [
  'TCN_SOCKET_IN_USE',
  'TCN_LISTEN_DENIED',
  'TCN_LISTEN_ADDRESS',
  'TCN_LISTEN_FAILED',
]

/** Returns whether the error means that the hub cannot listen on a network address. */
export function isAddressError(error: unknown): error is TocsinError {
  return TocsinError.is(error) && addressErrors.includes(error.code)
}
