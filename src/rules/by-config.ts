import { z } from 'zod'
import { readBy } from '../config/values/read-by.js'
import { canonicalField } from '../filter/field.js'
import { isLineField } from './lines/log-line.js'

const MAX_GROUP_FIELDS = 8

const groupField = z
  .string()
  .max(256)
  .superRefine(readBy((name: string) => groupingField(name)))

/** A field, or a list of these, whose values tell groups apart. */
export const byConfig = z.union([groupField, z.array(groupField).min(1).max(MAX_GROUP_FIELDS)])
export type ByConfig = z.output<typeof byConfig>

/** The canonical names of the fields. */
export function groupingFields(by: ByConfig): string[] {
  return [by].flat().map(groupingField)
}

/** Throws TCN_FILTER_SYNTAX if there is no such field. */
function groupingField(name: string): string {
  return isLineField(name) ? name : canonicalField(name, 'by')
}
