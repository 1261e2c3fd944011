import { type ErrorCode, TocsinError } from '../../errors/tocsin-error.js'
import { isObject } from '../../event/json/object.js'
import { alternatives, type JsonSchema } from '../json-schema.js'
import type { KeyPath } from '../problem.js'
import type { ConfigSession } from './candidate.js'
import { below, type Change } from './changes.js'

/** Those that may change a key from other machines; `local`: no other than the owner on this machine. */
export type Reach = 'administrators' | 'owner' | 'local'

/**
 * Throws TCN_CONFIG_LOCAL or TCN_CONFIG_OWNER if the session may not make one of the changes. All keys belong to the owner
 * of the hub on this machine. Other administrators, and the owner from elsewhere, change only keys that the schema marks
 * `remote` (`.meta()`), or that are inside such a key: everything else may let the hub run a program, read a file, listen
 * or trust somebody. The owner from elsewhere also changes those that are marked `remote: 'owner'`, which do not give more
 * than the rights of the owner, unless their map has, in one of the `contents` between which the changes are, a key that is
 * not marked: when a rule with a job acts is as much the owner's as what it runs. A key that is new is on the safe side.
 */
export function checkReach(
  { local, owner }: Pick<ConfigSession, 'local' | 'owner'>,
  schema: JsonSchema,
  changes: readonly Change[],
  contents: readonly unknown[],
): void {
  if (local && owner) return
  const mayChange = (reach: Reach) => reach === 'administrators' || (reach === 'owner' && owner)
  const reach = ({ path }: Change) => reachIn(schema, path, contents)
  const refused = changes.find((change) => !mayChange(reach(change)))
  if (refused === undefined) return
  const isOwners = local || reach(refused) === 'owner'
  const [code, who]: [ErrorCode, string] = isOwners
    ? ['TCN_CONFIG_OWNER', 'by the owner of the hub']
    : ['TCN_CONFIG_LOCAL', 'over a unix socket or in the file']
  throw new TocsinError(code, `${refused.key} can be changed only ${who}`, { details: { key: refused.key } })
}

export function reachOf(schema: JsonSchema, path: KeyPath): Reach {
  return markOf(schema, path).reach
}

function reachIn(schema: JsonSchema, path: KeyPath, contents: readonly unknown[]): Reach {
  const { reach, map } = markOf(schema, path)
  if (reach !== 'owner') return reach
  const beside = contents.flatMap((content) => namesAt(content, map))
  return beside.some((name) => reachOf(schema, [...map, name]) === 'local') ? 'local' : 'owner'
}

/** `map`: the path of the map that has the marked key. */
function markOf(schema: JsonSchema, path: KeyPath): { reach: Reach; map: KeyPath } {
  let here: JsonSchema[] = [schema]
  for (const [depth, part] of path.entries()) {
    here = below(here, part)
    const marks = [...here, ...here.flatMap(alternatives)].map(({ remote }) => remote)
    const map = path.slice(0, depth)
    if (marks.includes(true)) return { reach: 'administrators', map }
    if (marks.includes('owner')) return { reach: 'owner', map }
  }
  return { reach: 'local', map: path }
}

function namesAt(content: unknown, path: KeyPath): string[] {
  let here = content
  for (const part of path) here = isObject(here) ? here[part] : undefined
  return isObject(here) ? Object.keys(here) : []
}
