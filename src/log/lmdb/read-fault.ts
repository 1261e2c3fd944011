import { dirname } from 'node:path'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { DiskFault, toDiskFault } from '../../storage/disk-fault.js'
import { PageFault } from '../../storage/lmdb-format.js'

/**
 * Returns whether a read failed because what is stored is damaged or gone. Otherwise it could not be read for now,
 * for example without a free descriptor, and may be sound.
 */
export function isDamage(thrown: unknown): boolean {
  if (TocsinError.is(thrown)) return thrown.code === 'TCN_LOG_CORRUPT'
  // The decoders of summaries and totals.
  if (thrown instanceof RangeError || thrown instanceof SyntaxError || thrown instanceof PageFault)
    return true
  if (thrown instanceof DiskFault) return thrown.kind === 'damaged' || isMissing(thrown.cause)
  return isMissing(thrown) || toDiskFault(thrown, '').kind === 'damaged'
}

function isMissing(thrown: unknown): boolean {
  return (thrown as { code?: unknown } | undefined)?.code === 'ENOENT'
}

/** Describes why a segment cannot be read. Any reader may see this, so it does not tell where the data folder is. */
export function reasonOf(thrown: unknown, folder: string): string {
  const text = messageOf(thrown)
  return text.replace(`${folder}: `, '').replaceAll(`${dirname(folder)}/`, '')
}
