import { z } from 'zod'
import { parseFilter } from '../../filter/index.js'
import { readBy } from './read-by.js'

/** A list of filters in the short form. */
export function filterList() {
  return z.array(z.string().min(1).max(256)).max(64).superRefine(readBy(parseFilter))
}
