import type { ConfigCommits } from '../../config/commits/commits.js'
import { effectIn } from '../../config/effect.js'
import type { Effect } from '../../config/json-schema.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { KeyPath } from '../../event/json/key-path.js'
import type { Runtime } from '../../event/runtime.js'
import { madeInSteps } from '../../incremental/steps.js'
import { inTurns } from './in-turns.js'
import type { HubConfig } from './index.js'
import { hubJsonSchema } from './index.js'

export type HubCommits = ConfigCommits<HubConfig>

/** Returns the commits for methods. Throws TCN_CONFIG_ABSENT. */
export function configurationOf(
  runtime: Runtime,
  commits: HubCommits | undefined,
): {
  commits: HubCommits
  effectsOf(paths: readonly KeyPath[]): Promise<Effect[]>
} {
  const effectsOf = async (paths: readonly KeyPath[]) => {
    const schema = await hubJsonSchema(runtime)
    return inTurns(
      runtime,
      madeInSteps(paths, (path) => effectIn(schema, path) ?? 'restart'),
    )
  }
  if (commits !== undefined) return { commits, effectsOf }
  throw new TocsinError(
    'TCN_CONFIG_ABSENT',
    'this hub keeps nothing on disk, so its configuration is not kept',
  )
}
