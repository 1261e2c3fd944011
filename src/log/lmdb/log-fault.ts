import { messageOf } from '../../errors/thrown.js'
import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { DiskFault, type DiskFaultKind } from '../../storage/disk-fault.js'

const codes: Record<DiskFaultKind, ErrorCode> = {
  full: 'TCN_LOG_FULL',
  'read-only': 'TCN_LOG_READ_ONLY',
  failed: 'TCN_LOG_WRITE',
  damaged: 'TCN_LOG_CORRUPT',
}

/** Converts a disk fault to an error of the log. */
export function toLogFault(thrown: unknown): TocsinError {
  if (TocsinError.is(thrown)) return thrown
  const kind = thrown instanceof DiskFault ? thrown.kind : 'failed'
  const reason = messageOf(thrown)
  return new TocsinError(codes[kind], reason, { cause: thrown })
}

/** The same error with paths relative to the data folder. */
export function withoutFolder(error: TocsinError, folder: string): TocsinError {
  const { code, message, cause } = error
  if (!message.includes(folder) && error.details.folder === undefined) return error
  const { folder: _, ...details } = error.details
  const short = message.replaceAll(`${folder}/`, '').replaceAll(folder, 'the data folder')
  return new TocsinError(code, short, { cause, details })
}
