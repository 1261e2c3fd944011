import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes the folder with those above it. The recursive mkdir of Node 20 never ends where there is no making folders in
 * a folder that is there, such as /proc: mkdir says ENOENT then too.
 */
export function makeFolders(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    const parent = dirname(folder)
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(parent)) {
      makeFolders(parent, mode)
      makeFolders(folder, mode)
    } else if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
