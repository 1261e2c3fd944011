import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Where programs are found by their names, unless the configuration says otherwise. */
export const PROGRAM_FOLDERS: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
]

/** Returns the path of a program: the first file of this name in the folders that can be run. Undefined: there is none. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  if (name.includes('/')) return name
  return folders.map((folder) => join(folder, name)).find(canRun)
}

/**
 * The names of a program by which a list may allow it: as it was given, by its path, by its name, and by its path in
 * another folder that is a link to the same one, as /bin is to /usr/bin on most systems.
 */
export function namesOfProgram(given: string, folders: readonly string[]): string[] {
  const path = findProgram(given, folders)
  if (path === undefined) return [given]
  const name = basename(path)
  const paths = [path, ...linkedFolders(dirname(path), folders).map((each) => join(each, name))]
  const isFound = paths.includes(findProgram(name, folders) ?? '')
  return [...new Set([given, ...paths, ...(isFound ? [name] : [])])]
}

function linkedFolders(folder: string, folders: readonly string[]): string[] {
  const real = folders.includes(folder) ? realFolder(folder) : undefined
  return folders.filter((each) => real !== undefined && realFolder(each) === real)
}

function realFolder(folder: string): string | undefined {
  try {
    return realpathSync(folder)
  } catch {
    return undefined
  }
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
