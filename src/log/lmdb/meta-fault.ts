import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { DiskFault } from '../../storage/disk-fault.js'
import { dataFile } from '../../storage/folder.js'

export function metaFault(folder: string, reason: string, reserved?: number): TocsinError {
  const file = dataFile(folder)
  const details = { file, ...(reserved !== undefined && { reserved }) }
  return new TocsinError('TCN_LOG_META', `${file} cannot be read: ${reason}`, { details })
}

/** Runs `read`, and reports what LMDB or JSON cannot read as TCN_LOG_META. Faults of the disk are passed on. */
export function reading<Result>(folder: string, read: () => Result): Result {
  try {
    return read()
  } catch (thrown) {
    if (TocsinError.is(thrown) || (thrown instanceof DiskFault && thrown.kind !== 'damaged')) throw thrown
    const reason = messageOf(thrown)
    throw metaFault(folder, reason.replace(`${dataFile(folder)}: `, ''))
  }
}
