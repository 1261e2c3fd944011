import { existsSync, renameSync } from 'node:fs'
import type { Runtime } from '../event/runtime.js'
import { toDiskFault } from './disk-fault.js'

/** Part of the name of what was put aside because it is damaged. */
export const DAMAGED = '.damaged-'

/** Renames a damaged folder, so that it is kept but not used any more. Returns its new path. Throws a DiskFault. */
export function putAside(folder: string, runtime: Runtime): string {
  const time = new Date(runtime.now() / 1000).toISOString().replace(/[-:]|\.\d+/g, '')
  let aside = `${folder}${DAMAGED}${time}`
  for (let nth = 2; existsSync(aside); nth++) aside = `${folder}${DAMAGED}${time}-${nth}`
  try {
    if (existsSync(folder)) renameSync(folder, aside)
    return aside
  } catch (thrown) {
    throw toDiskFault(thrown, folder)
  }
}
