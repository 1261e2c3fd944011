import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { messageOf } from '../../errors/thrown.js'
import { parseRedactions } from '../../filter/redact.js'
import { regexPattern } from './config.js'

const MAX_STEPS = 32
const MAX_NAMES = 64

/** Where fields may be moved and removed; other data says what the event is. */
const movable = ['fields', 'entry', 'structured']
const maskable = [...movable, 'message', 'line']
const settable = ['fields']

/** Kinds of tables, by the ends of the names of their files. */
export const TABLE_FILES = /\.(csv|tsv|json|ya?ml)$/

const step = z
  .strictObject({
    rename: z
      .record(fieldPath(movable), fieldPath(settable))
      .refine((names) => Object.keys(names).length <= MAX_NAMES, { error: `at most ${MAX_NAMES} fields` })
      .optional()
      .describe('Old and new names of fields. A field whose new name is taken keeps the old one.'),
    drop: z.array(fieldPath(movable)).min(1).max(MAX_NAMES).optional().describe('Fields that are removed.'),
    lookup: z
      .strictObject({
        field: fieldPath().describe('Field whose value is looked up.'),
        file: absolutePath()
          .refine((path) => TABLE_FILES.test(path), {
            error: 'must end in .csv, .tsv, .json, .yaml or .yml',
          })
          .describe(
            'Table: CSV with a line of names, whose first column is the key, or a map in JSON or YAML. At most 10 MB and 100,000 keys, YAML at most 64 KB.',
          ),
        into: fieldPath(settable).describe('Field for what is found.'),
      })
      .optional()
      .describe('Adds what a file says about the value of a field.'),
    mask: z
      .strictObject({
        field: z
          .union([
            fieldPath(maskable).transform((one) => [one]),
            z.array(fieldPath(maskable)).min(1).max(MAX_NAMES),
          ])
          .describe('Field, or list of fields, with all that is in them.'),
        pattern: regexPattern(
          'Only what matches this expression, in RE2 syntax. Absent: the whole value.',
        ).optional(),
        with: z.string().max(256).default('***').describe('Text in its place.'),
      })
      .optional()
      .describe('Replaces values, or parts of their text.'),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    error: 'has one of `rename`, `drop`, `lookup` and `mask`',
  })

export type TransformStep = z.output<typeof step>

/** The setting `transform` of a source of text. */
export const transformConfig = z
  .array(step)
  .max(MAX_STEPS)
  .default([])
  .describe('Small steps for the data of each event, in order, after it was parsed.')
  .meta({ whole: true })

/** The keys of a checked path, below `data`. */
export function keysOfPath(path: string): readonly string[] {
  return parseRedactions([path])[0]
}

/** A path as in filters. `below`: keys of the data below which it must be. */
function fieldPath(below?: readonly string[]) {
  return z
    .string()
    .min(1)
    .max(512)
    .superRefine((path, context) => {
      const fault = pathFault(path, below)
      if (fault !== undefined) context.addIssue(fault)
    })
}

function pathFault(path: string, below: readonly string[] | undefined): string | undefined {
  try {
    const keys = keysOfPath(path)
    if (keys.some((key) => key === '*' || key === '**' || key === '__proto__'))
      return 'must name one field, without * and __proto__'
    if (keys.length === 0) return 'must name a field, such as data.fields.user'
    if (below === undefined || isBelow(keys, below)) return undefined
    return `must be a field below ${below.map((key) => `data.${key}`).join(', ')}`
  } catch (error) {
    return messageOf(error)
  }
}

function isBelow([first, ...rest]: readonly string[], below: readonly string[]): boolean {
  const isText = first === 'message' || first === 'line'
  return below.includes(first) && (isText || rest.length > 0 || below.includes('line'))
}
