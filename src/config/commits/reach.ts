import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { alternatives, type JsonSchema } from '../json-schema.js'
import type { ConfigSession } from './candidate.js'
import { below, type Change } from './changes.js'

/** Those that may change a key from other machines; `local`: no other than the owner on this machine. */
export type Reach = 'administrators' | 'owner' | 'local'

/**
 * Throws TCN_CONFIG_LOCAL or TCN_CONFIG_OWNER if the session may not make one of the changes. All keys belong to the owner
 * of the hub on this machine. Other administrators, and the owner from elsewhere, change only keys that the schema marks
 * `remote` (`.meta()`), or that are inside such a key: everything else may let the hub run a program, read a file, listen
 * or trust somebody. The owner from elsewhere also changes those that are marked `remote: 'owner'`, which do not give more
 * than the rights of the owner. A key that is new is on the safe side.
 */
export function checkReach(
  { local, owner }: Pick<ConfigSession, 'local' | 'owner'>,
  schema: JsonSchema,
  changes: readonly Change[],
): void {
  if (local && owner) return
  const mayChange = (reach: Reach) => reach === 'administrators' || (reach === 'owner' && owner)
  const refused = changes.find(({ path }) => !mayChange(reachOf(schema, path)))
  if (refused === undefined) return
  const isOwners = local || reachOf(schema, refused.path) === 'owner'
  const [code, who]: [ErrorCode, string] = isOwners
    ? ['TCN_CONFIG_OWNER', 'by the owner of the hub']
    : ['TCN_CONFIG_LOCAL', 'over a unix socket or in the file']
  throw new TocsinError(code, `${refused.key} can be changed only ${who}`, { details: { key: refused.key } })
}

export function reachOf(schema: JsonSchema, path: Change['path']): Reach {
  let here: JsonSchema[] = [schema]
  for (const part of path) {
    here = below(here, part)
    const marks = [...here, ...here.flatMap(alternatives)].map(({ remote }) => remote)
    if (marks.includes(true)) return 'administrators'
    if (marks.includes('owner')) return 'owner'
  }
  return 'local'
}
