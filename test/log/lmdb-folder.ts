import { type EventLog, type LmdbLogOptions, openLmdbLog } from '../../src/log/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** Opens a log, in a new folder unless one is given. */
export async function openLmdb(
  options: Partial<LmdbLogOptions> = {},
): Promise<EventLog & { folder: string }> {
  const folder = options.folder ?? temporaryFolder('log')
  const typeOf = (tag: string) => `test.${tag.split('/')[0]}`
  const log = await openLmdbLog({ runtime: realRuntime, typeOf, ...options, folder })
  return Object.assign(log, { folder })
}
