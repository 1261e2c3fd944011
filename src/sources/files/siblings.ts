import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type FileStat, type FoundFile, fileStat } from './file-stat.js'

const MOST_LOOKED_AT = 2_000
const ATTEMPTS = 5
const COMPRESSED = /\.(gz|bz2|xz|zst|lz4|Z)$/

/**
 * Looked at synchronously: rotation moves names from one to the next, and what takes long finds half
 * of them before and half of them after. It happens rarely, and takes some µs a name.
 */

/** Files in the same folder whose names begin with the name of this one: what rotation makes of it. */
export function rotatedSiblings(path: string): FoundFile[] {
  const name = basename(path)
  return filesIn(
    dirname(path),
    (other) => other !== name && other.startsWith(name) && !COMPRESSED.test(other),
  )
}

/** The file with this device and inode, whatever its name is now. */
export function findRenamed(path: string, id: string): FoundFile | undefined {
  return filesIn(dirname(path), () => true).find((file) => file.id === id)
}

/** Each file once. While names are being moved the list is made again, for one may be missed. */
function filesIn(folder: string, wanted: (name: string) => boolean): FoundFile[] {
  for (let attempt = 1; ; attempt++) {
    const { files, steady } = listFiles(folder, wanted)
    if (steady || attempt === ATTEMPTS) return [...new Map(files.map((file) => [file.id, file])).values()]
  }
}

function listFiles(folder: string, wanted: (name: string) => boolean) {
  const files: FoundFile[] = []
  let steady = true
  for (const name of namesIn(folder).filter(wanted).slice(0, MOST_LOOKED_AT)) {
    const path = join(folder, name)
    const found = identify(path)
    if (found) files.push({ path, ...found })
    else if (found === undefined) steady = false
  }
  return { files, steady: steady && new Set(files.map(({ id }) => id)).size === files.length }
}

/** null: no file · undefined: nothing any more */
function identify(path: string): FileStat | null | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stats && (fileStat(stats) ?? null)
  } catch {
    return null
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
