import type { ConfigCommits } from '../../config/commits/commits.js'
import type { Effect } from '../../config/json-schema.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { KeyPath } from '../../event/json/key-path.js'
import type { HubConfig } from './index.js'
import { effectOf } from './index.js'

export type HubCommits = ConfigCommits<HubConfig>

/** Returns the commits for methods. Throws TCN_CONFIG_ABSENT. */
export function configurationOf(commits: HubCommits | undefined): {
  commits: HubCommits
  effectOf(path: KeyPath): Effect
} {
  const effect = (path: KeyPath) => effectOf(path) ?? 'restart'
  if (commits !== undefined) return { commits, effectOf: effect }
  throw new TocsinError(
    'TCN_CONFIG_ABSENT',
    'this hub keeps nothing on disk, so its configuration is not kept',
  )
}
