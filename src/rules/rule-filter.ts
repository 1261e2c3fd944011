import { z } from 'zod'
import { readBy } from '../config/values/read-by.js'
import { type FilterInput, parseFilter, withCondition } from '../filter/index.js'

export const condition = z
  .string()
  .max(4096)
  .superRefine(readBy((sql: string) => parseFilter({ sql })))

/** The filter for both. */
export function filterOf({
  filter,
  where,
}: {
  filter?: FilterInput
  where?: string
}): FilterInput | undefined {
  return where === undefined ? filter : withCondition(filter, where)
}
