import type { ConfigCommits } from '../../config/commits/commits.js'
import { type DescribedKey, describedKeys } from '../../config/described-keys.js'
import { configJsonSchema, type Effect } from '../../config/json-schema.js'
import type { KeyPath } from '../../config/problem.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { HubConfig } from './index.js'
import { effectOf, hubConfig } from './index.js'

export type HubCommits = ConfigCommits<HubConfig>

/** Returns the commits for methods. Throws TCN_CONFIG_ABSENT. */
export function configurationOf(commits: HubCommits | undefined): {
  commits: HubCommits
  effectOf(path: KeyPath): Effect
  describe(path: KeyPath): DescribedKey[]
} {
  const effect = (path: KeyPath) => effectOf(path) ?? 'restart'
  const describe = (path: KeyPath) => describedKeys(configJsonSchema(hubConfig), path)
  if (commits !== undefined) return { commits, effectOf: effect, describe }
  throw new TocsinError(
    'TCN_CONFIG_ABSENT',
    'this hub keeps nothing on disk, so its configuration is not kept',
  )
}
