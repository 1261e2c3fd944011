import { accessSync, constants, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Returns the path of a program: the first file of this name in the folders that can be run. Undefined: there is none. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  if (name.includes('/')) return name
  return folders.map((folder) => join(folder, name)).find(canRun)
}

/** The names of a program by which a list may allow it: as it was given, by its path, and by its name. */
export function namesOfProgram(given: string, folders: readonly string[]): string[] {
  const path = findProgram(given, folders)
  if (path === undefined) return [given]
  const name = basename(path)
  return findProgram(name, folders) === path ? [given, path, name] : [given, path]
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
