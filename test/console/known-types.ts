import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventTypes } from '../../src/hub/event-types.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** A folder with the definitions of real types, which a hub of tests does not have by itself. */
export function folderOfTypes(pattern: RegExp): string {
  const folder = temporaryFolder('console-types')
  const definitions = eventTypes
    .flat()
    .filter(({ type, tags }) => pattern.test(type) && tags.every((tag) => /^\w+\//.test(tag)))
    .map(({ type, tags, display, correlation }) => ({ type, tags, display, correlation }))
  writeFileSync(join(folder, 'types.json'), JSON.stringify(definitions))
  return folder
}
