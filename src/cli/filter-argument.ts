import { TocsinError } from '../event/errors.js'

/** Patterns of the short spelling as they stand, or one argument that begins with `{` as JSON. */
export function filterArgument(filters: readonly string[]): string[] | Record<string, unknown> | undefined {
  if (filters.length === 0) return undefined
  if (!filters[0].trimStart().startsWith('{')) return [...filters]
  if (filters.length > 1)
    throw new TocsinError('TCN_FILTER_SYNTAX', 'a filter in JSON stands alone; join filters with all or any')
  try {
    return JSON.parse(filters[0]) as Record<string, unknown>
  } catch (error) {
    throw new TocsinError('TCN_FILTER_SYNTAX', `the filter is not valid JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
