import { TocsinError } from '../../errors/tocsin-error.js'

type Json = Record<string, unknown>

/** The filter that arguments and `--where` make together. */
export async function filterOf(
  filters: readonly string[],
  where: string | undefined,
): Promise<string[] | Json | undefined> {
  const filter = filterArgument(filters)
  if (where === undefined) return filter
  if (filter === undefined) return { sql: where }
  const { withCondition } = await import('../../filter/index.js')
  return withCondition(filter, where)
}

/** Patterns in the short form, unchanged, or one argument that begins with `{` as JSON. */
export function filterArgument(filters: readonly string[]): string[] | Json | undefined {
  if (filters.length === 0) return undefined
  if (!filters[0].trimStart().startsWith('{')) return [...filters]
  if (filters.length > 1)
    throw new TocsinError('TCN_FILTER_SYNTAX', 'a filter in JSON stands alone; join filters with all or any')
  try {
    return JSON.parse(filters[0]) as Json
  } catch (error) {
    throw new TocsinError('TCN_FILTER_SYNTAX', `the filter is not valid JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** For commands that need a filter. */
export function requireFilter(filters: readonly string[], where: string | undefined): void {
  if (filters.length === 0 && where === undefined)
    throw new TocsinError('TCN_USAGE', 'a filter or --where is expected')
}
