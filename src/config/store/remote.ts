import { TocsinError } from '../../errors/tocsin-error.js'
import { alternatives, type JsonSchema } from '../json-schema.js'
import { below, type Change } from './changes.js'

/**
 * Throws TCN_CONFIG_LOCAL if one of the changes is not for callers on other machines: only keys that the schema marks
 * `remote` (`.meta()`), or that are inside such a key, can be changed from there. Everything else may let the hub run a
 * program, read a file, listen or trust somebody, and a key that is new is on the safe side.
 */
export function checkRemote(schema: JsonSchema, changes: readonly Change[]): void {
  const refused = changes.find(({ path }) => !isRemote(schema, path))
  if (refused === undefined) return
  throw new TocsinError(
    'TCN_CONFIG_LOCAL',
    `${refused.key} can be changed only over a unix socket or in the file`,
    { details: { key: refused.key } },
  )
}

function isRemote(schema: JsonSchema, path: Change['path']): boolean {
  let here: JsonSchema[] = [schema]
  for (const part of path) {
    here = below(here, part)
    if ([...here, ...here.flatMap(alternatives)].some(({ remote }) => remote === true)) return true
  }
  return false
}
