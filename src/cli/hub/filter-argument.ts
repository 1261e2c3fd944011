import { TocsinError } from '../../errors/tocsin-error.js'
import type { GrepOptions, WhereOptions } from '../help/options.js'

type Json = Record<string, unknown>

/** Conditions on events beside the filter of the arguments. */
export type Conditions = Pick<WhereOptions, 'where' | 'severity' | 'host'> & Partial<GrepOptions>

/** The filter that arguments and conditions make together. */
export async function filterOf(
  filters: readonly string[],
  conditions: Conditions,
): Promise<string[] | Json | undefined> {
  const filter = filters.length === 0 ? undefined : [...filters]
  const parts = partsOf(conditions)
  if (parts.length === 0) return filter
  const { formatFilter, parseFilter } = await import('../../filter/index.js')
  // An error that is found here knows its place in the text.
  for (const part of parts) parseFilter(part)
  if (filter !== undefined) parts.unshift(formatFilter(parseFilter(filter)))
  return parts.length === 1 ? parts[0] : { all: parts }
}

function partsOf(conditions: Conditions): Json[] {
  const { where, severity, host } = conditions
  const search = searchOf(conditions)
  return [
    ...(where === undefined ? [] : [{ sql: where }]),
    ...(severity === undefined ? [] : [{ sql: `severity >= '${severity.replace(/['\\]/g, '\\$&')}'` }]),
    ...(host === undefined ? [] : [{ glob: { host } }]),
    ...(search === undefined ? [] : [search]),
  ]
}

/** The part of a filter that `--grep` makes; undefined without it. */
export function searchOf({
  grep,
  part = false,
  ignoreCase = false,
}: Conditions): { grep: unknown } | undefined {
  if (grep === undefined) return undefined
  const as = part ? 'part' : isPattern(grep) ? 'pattern' : 'words'
  return { grep: { [as]: grep, ignoreCase } }
}

/** A dot is part of addresses and names of files; with any other special character the text is an expression. */
function isPattern(text: string): boolean {
  return /[\\^$|?*+()[\]{}]/.test(text)
}

/** For commands that need a filter. */
export function requireFilter(filters: readonly string[], conditions: Conditions): void {
  if (filters.length === 0 && partsOf(conditions).length === 0)
    throw new TocsinError('TCN_USAGE', 'a filter or --where is expected')
}
