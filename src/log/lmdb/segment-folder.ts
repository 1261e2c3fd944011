import { readdirSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_SEQ } from '../../event/frame.js'
import { toDiskFault } from '../../storage/disk-fault.js'
import { dataFile, flush } from '../../storage/folder.js'

/** Suffix of the folder name of a segment that is being removed. */
export const REMOVED = '.removed'

/** Suffix of the folder name of the compressed events of a segment, until they take the place of the plain ones. */
export const COMPRESSING = '.compressing'

/** Removes the folder of a removed segment. What cannot be removed now is left to the next removal or start. */
export async function removeFolder(folder: string): Promise<void> {
  // It is no longer part of the log. To delete a large file takes long, so that is not done in a turn of the event loop.
  await rm(folder, { recursive: true, force: true }).catch(() => undefined)
}

/** Puts a flushed data file in the place of that of a segment. Rejects with a DiskFault. */
export async function moveFile(file: string, folder: string): Promise<void> {
  try {
    // A thread that has the old file mapped keeps it until it closes it.
    await rename(file, dataFile(folder))
    await flush(folder)
  } catch (thrown) {
    throw toDiskFault(thrown, folder)
  }
}

/** Name of the folder of the segment that begins with this seq. */
export function nameOf(firstSeq: number): string {
  return String(firstSeq).padStart(16, '0')
}

/** Removes what interrupted work has left. Returns the first seqs of its segments. */
export async function removeRemains(folder: string, suffix = REMOVED): Promise<number[]> {
  const remains = readdirSync(folder).filter((name) => name.endsWith(suffix))
  for (const name of remains) await removeFolder(join(folder, name))
  return remains.map((name) => Number.parseInt(name, 10))
}

/** Returns the names of the folders of segments, oldest first. */
export function segmentNames(folder: string): string[] {
  return readdirSync(folder).filter(isSegment).sort()
}

/** Returns whether a folder of this name holds a segment, which begins with a number that an event can have. */
export function isSegment(name: string): boolean {
  return /^\d{16}$/.test(name) && Number(name) >= 1 && Number(name) <= MAX_SEQ
}
