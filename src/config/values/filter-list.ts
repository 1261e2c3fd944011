import { z } from 'zod'
import { parseFilter } from '../../filter/index.js'
import { readBy } from './read-by.js'

const shortFilter = z.string().min(1).max(256)
const shortFilters = z.array(shortFilter).max(64)

/** A list of filters in the short form. */
export function filterList() {
  return shortFilters.superRefine(readBy(parseFilter))
}

/** A filter in the short form, a list of these, or one in the JSON form. */
export function anyFilter() {
  return z
    .union([shortFilter, shortFilters, z.record(z.string(), z.unknown())], {
      error: 'must be a filter in the short form, a list of these, or a filter in JSON form',
    })
    .superRefine(readBy(parseFilter))
}
