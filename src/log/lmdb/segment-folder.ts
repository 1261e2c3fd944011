import { rmSync } from 'node:fs'

/** Suffix of the folder name of a segment that is being removed. */
export const REMOVED = '.removed'

/** Removes the folder of a removed segment. What cannot be removed now is left to the next removal or start. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // It is no longer part of the log.
  }
}

/** Name of the folder of the segment that begins with this seq. */
export function nameOf(firstSeq: number): string {
  return String(firstSeq).padStart(16, '0')
}
