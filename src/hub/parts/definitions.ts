import { faces } from '../../faces/index.js'
import { observers } from '../../observers/index.js'
import type { PartDefinition } from '../../parts/definition.js'
import { sinks } from '../../sinks/index.js'
import { sources } from '../../sources/index.js'
import { upstreams } from '../../upstream/index.js'

/** Everything that is defined as a part, of whatever kind. */
export const definitions: readonly PartDefinition[] = [
  ...faces,
  ...observers,
  ...sources,
  upstreams,
  ...sinks,
]

/** The rights that parts add to those of principals. */
export const partRights = definitions.flatMap(({ right }) => right ?? [])
