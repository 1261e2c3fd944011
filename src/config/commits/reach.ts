import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { alternatives, type JsonSchema } from '../json-schema.js'
import type { ConfigSession } from './candidate.js'
import { below, type Change } from './changes.js'

/**
 * Throws TCN_CONFIG_LOCAL or TCN_CONFIG_OWNER if the session may not make one of the changes. All keys belong to the owner
 * of the hub on this machine. Other administrators, and the owner from elsewhere, change only keys that the schema marks
 * `remote` (`.meta()`), or that are inside such a key: everything else may let the hub run a program, read a file, listen
 * or trust somebody. A key that is new is on the safe side.
 */
export function checkReach(
  { local, owner }: Pick<ConfigSession, 'local' | 'owner'>,
  schema: JsonSchema,
  changes: readonly Change[],
): void {
  if (local && owner) return
  const refused = changes.find(({ path }) => !isRemote(schema, path))
  if (refused === undefined) return
  const [code, who]: [ErrorCode, string] = local
    ? ['TCN_CONFIG_OWNER', 'by the owner of the hub']
    : ['TCN_CONFIG_LOCAL', 'over a unix socket or in the file']
  throw new TocsinError(code, `${refused.key} can be changed only ${who}`, { details: { key: refused.key } })
}

function isRemote(schema: JsonSchema, path: Change['path']): boolean {
  let here: JsonSchema[] = [schema]
  for (const part of path) {
    here = below(here, part)
    if ([...here, ...here.flatMap(alternatives)].some(({ remote }) => remote === true)) return true
  }
  return false
}
