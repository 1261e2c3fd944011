import { accessSync, constants } from 'node:fs'
import { delimiter, join, sep } from 'node:path'

/** npm puts these folders into the PATH of its scripts only; another terminal does not have them. */
const ofScripts = join('node_modules', '.bin')

/** How a person in another terminal calls this program: `tocsin` where a shell finds it, else `npx tocsin`. */
export function ownCommand(path = ''): 'tocsin' | 'npx tocsin' {
  const folders = path
    .split(delimiter)
    .filter((folder) => folder.startsWith(sep) && !folder.endsWith(ofScripts))
  return folders.some((folder) => isProgram(join(folder, 'tocsin'))) ? 'tocsin' : 'npx tocsin'
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
