import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { type FileStat, type FoundFile, fileStat } from './file-identity.js'

const MAX_EXAMINED = 2_000
const MAX_FOLDERS = 100
const ATTEMPTS = 20
const COMPRESSED = /\.(gz|bz2|xz|zst|lz4|Z)$/

/**
 * Files are examined synchronously: rotation shifts several names, and a slow search would see some of them before and
 * some after. It happens rarely, and takes some µs per name.
 */

/** Files in the same folder whose names begin with the name of this one, as rotation names them. */
export function rotatedSiblings(path: string): FoundFile[] {
  const name = basename(path)
  return filesIn(
    dirname(path),
    (other) => other !== name && other.startsWith(name) && !COMPRESSED.test(other),
  )
}

/**
 * Files in the same folder, and in folders of the same owner in it, that rotation may have made as copies of this one: it
 * puts them aside (`olddir`), and may keep the extension (`extension`).
 */
export function possibleCopies(path: string): FoundFile[] {
  const name = basename(path)
  const isCopy = (other: string) => {
    const isNamedAfter = other.startsWith(name) || isBeforeExtension(other, name)
    return isNamedAfter && !COMPRESSED.test(other)
  }
  return placesOfCopies(path).flatMap((folder) =>
    filesIn(folder, (other) => isCopy(other) && join(folder, other) !== path),
  )
}

/** Returns the file with this device and inode in the same folder, whatever its name is now, or where a copy may be. */
export function findRenamed(path: string, id: string): FoundFile | undefined {
  const isIt = (file: FoundFile) => file.id === id
  return filesIn(dirname(path), () => true).find(isIt) ?? possibleCopies(path).find(isIt)
}

/** Returns whether the name is the original one with a number, a date, or a word that programs use for rotation. */
export function isRotationOf(path: string, original: string): boolean {
  return isRotationMark(path.slice(original.length))
}

function isRotationMark(text: string): boolean {
  return /^[._-]?(\d[\dTZ:+._-]*|old|prev|bak|save)$/.test(text)
}

/** Such as `app-20261129.log` for `app.log`. */
function isBeforeExtension(other: string, name: string): boolean {
  const extension = extname(name)
  const stem = name.slice(0, name.length - extension.length)
  if (extension === '' || !other.startsWith(stem) || !other.endsWith(extension)) return false
  return isRotationMark(other.slice(stem.length, -extension.length))
}

function placesOfCopies(path: string): string[] {
  const folder = dirname(path)
  try {
    const { uid } = statSync(folder)
    const below = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .slice(0, MAX_FOLDERS)
      .map(({ name }) => join(folder, name))
      .filter((each) => statSync(each, { throwIfNoEntry: false })?.uid === uid)
    return [folder, ...below]
  } catch {
    return [folder]
  }
}

/** Lists files without duplicates. While names are changing the list is repeated, since a file could be missed. */
function filesIn(folder: string, wanted: (name: string) => boolean): FoundFile[] {
  for (let attempt = 1; ; attempt++) {
    const { files, steady } = listFiles(folder, wanted)
    if (steady || attempt === ATTEMPTS) return [...new Map(files.map((file) => [file.id, file])).values()]
  }
}

function listFiles(folder: string, wanted: (name: string) => boolean) {
  const files: FoundFile[] = []
  const before = stateOf(folder)
  let steady = true
  for (const name of namesIn(folder).filter(wanted).slice(0, MAX_EXAMINED)) {
    const path = join(folder, name)
    const found = identify(path)
    if (found) files.push({ path, ...found })
    else if (found === undefined) steady = false
  }
  steady &&= new Set(files.map(({ id }) => id)).size === files.length && stateOf(folder) === before
  return { files, steady }
}

/**
 * Differs once a name has changed, except within one tick of the kernel, in which its names may still tell: a process
 * that had to wait for a processor between two looks can miss a file although each name that it knew is there.
 */
function stateOf(folder: string): string {
  return [changedAt(folder), ...namesIn(folder)].join('\n')
}

function changedAt(folder: string): bigint | undefined {
  try {
    return statSync(folder, { bigint: true }).mtimeNs
  } catch {
    return undefined
  }
}

/** Returns null if it is not a regular file, undefined if it no longer exists. */
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
