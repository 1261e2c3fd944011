import { TocsinError } from '../../errors/tocsin-error.js'

type Json = Record<string, unknown>

/** The filter that arguments and `--where` make together. */
export async function filterOf(
  filters: readonly string[],
  where: string | undefined,
): Promise<string[] | Json | undefined> {
  const filter = filters.length === 0 ? undefined : [...filters]
  if (where === undefined) return filter
  const { parseFilter, withCondition } = await import('../../filter/index.js')
  if (filter === undefined) {
    // An error that is found here knows its place in the text.
    parseFilter({ sql: where })
    return { sql: where }
  }
  return withCondition(filter, where)
}

/** For commands that need a filter. */
export function requireFilter(filters: readonly string[], where: string | undefined): void {
  if (filters.length === 0 && where === undefined)
    throw new TocsinError('TCN_USAGE', 'a filter or --where is expected')
}
