import { TocsinError } from '../../errors/tocsin-error.js'
import type { GrepOptions, WhereOptions } from '../help/options.js'

type Json = Record<string, unknown>

/** Conditions on events beside the filter of the arguments. */
export type Conditions = Pick<WhereOptions, 'where'> & Partial<GrepOptions>

/** The filter that arguments, `--where` and `--grep` make together. */
export async function filterOf(
  filters: readonly string[],
  conditions: Conditions,
): Promise<string[] | Json | undefined> {
  const filter = filters.length === 0 ? undefined : [...filters]
  const { where } = conditions
  const search = searchOf(conditions)
  const parts: Json[] = [...(where === undefined ? [] : [{ sql: where }]), ...(search ? [search] : [])]
  if (parts.length === 0) return filter
  const { formatFilter, parseFilter } = await import('../../filter/index.js')
  // An error that is found here knows its place in the text.
  for (const part of parts) parseFilter(part)
  if (filter !== undefined) parts.unshift(formatFilter(parseFilter(filter)))
  return parts.length === 1 ? parts[0] : { all: parts }
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
export function requireFilter(filters: readonly string[], where: string | undefined): void {
  if (filters.length === 0 && where === undefined)
    throw new TocsinError('TCN_USAGE', 'a filter or --where is expected')
}
