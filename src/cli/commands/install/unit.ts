import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { findProgram, PROGRAM_FOLDERS } from '../../../processes/programs.js'

/** The text of a file in the folder `packaging` of the installed package. */
export function packaged(name: string): string {
  const file = fileURLToPath(new URL(`../../../../packaging/${name}`, import.meta.url))
  if (existsSync(file)) return readFileSync(file, 'utf8')
  throw new TocsinError('TCN_INSTALL_FAILED', `this program has no ${file}: install the tarball with npm`)
}

/** The unit, for a command that is elsewhere than /usr/bin/tocsin. */
export function unitFor(words: readonly string[]): string {
  return (
    packaged('systemd/tocsin.service')
      .replaceAll('/usr/bin/tocsin', words.join(' '))
      // The user exists for good, so that the data keeps one owner.
      .replace(/^DynamicUser=yes\n/m, '')
  )
}

/** The words that run this command as a service. Throws if the service could not. */
export function ownWords(script: string, node: string): string[] {
  for (const path of [script, node]) {
    requireReachable(path)
    requireReachable(realpathSync(path))
  }
  return isNodeOfSystem(node) ? [script] : [node, script]
}

/** The folders that ProtectHome and PrivateTmp hide. */
const HIDDEN = /^\/(home|root|run\/user|tmp|var\/tmp)\//

function requireReachable(path: string): void {
  if (HIDDEN.test(path))
    throw new TocsinError(
      'TCN_INSTALL_PROGRAM',
      `the service cannot run ${path}: systemd hides home and temporary folders from it`,
    )
  if (!/^[\w@+=:,./-]+$/.test(path))
    throw new TocsinError('TCN_INSTALL_PROGRAM', `${path} has characters that a unit cannot have`)
}

/** Returns whether the command, which begins with `node`, finds this one in the folders in which systemd looks. */
function isNodeOfSystem(node: string): boolean {
  const found = findProgram('node', PROGRAM_FOLDERS)
  return found !== undefined && realpathSync(found) === realpathSync(node)
}
