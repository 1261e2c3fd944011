import { z } from 'zod'
import { duration, size } from '../../config/values/units.js'
import { messageOf } from '../../errors/thrown.js'
import { localZone, namedZone, utcZone, type Zone } from '../../event/zone.js'
import { compileRegex } from '../../filter/regex.js'
import { containerForms } from './container-line.js'
import { typesConfig } from './conversions.js'
import { MAX_COLUMNS } from './csv.js'

export const formatNames = [
  ...(['json', 'logfmt', 'access', 'syslog', 'csv', 'keyvalue', 'cef'] as const),
  ...containerForms,
] as const
export type TextFormatName = (typeof formatNames)[number]
const MAX_PARSERS = 16
const MAX_PROGRAMS = 64
/** `csv` needs the names of its columns. */
const shortNames = formatNames.filter((name) => name !== 'csv')
const fieldName = z.string().min(1).max(256)

/** A regular expression that runs in linear time. */
export function regexPattern(description: string) {
  return z
    .string()
    .min(1)
    .max(4096)
    .superRefine((text, context) => {
      try {
        compileRegex(text, 'the pattern')
      } catch (error) {
        context.addIssue(messageOf(error))
      }
    })
    .describe(description)
}

/** One way to read text, as a map. */
export const parseMap = z
  .strictObject({
    as: z
      .enum(formatNames)
      .optional()
      .describe(
        '`json`: one object a line; `logfmt`: `key=value`; `access`: the common or combined format of Apache and nginx; `syslog`: lines that a syslog daemon writes; `csv`: values in the order of `columns`; `keyvalue`: pairs with separators of your own; `cef`: the Common Event Format of ArcSight; `cri` and `docker`: files of Kubernetes and Docker with what containers have written, which the formats after it in the list read.',
      ),
    pattern: regexPattern(
      'A regular expression in RE2 syntax instead of `as`; its named groups `(?<name>…)` are the fields.',
    ).optional(),
    time: fieldName.optional().describe('Field with the time. Default: one with a usual name.'),
    severity: fieldName.optional().describe('Field with the severity. Default: one with a usual name.'),
    message: fieldName.optional().describe('Field with the text. Default: one with a usual name.'),
    zone: zoneName()
      .default('local')
      .describe(
        'Zone of times without one: `local`, `UTC`, an offset such as `+02:00`, or a name such as `Europe/Berlin`.',
      ),
    keepLine: z.boolean().default(false).describe('Whether `line` stays beside what was read from it.'),
    program: programs().optional(),
    columns: z
      .array(fieldName)
      .min(1)
      .max(MAX_COLUMNS)
      .refine((names) => new Set(names).size === names.length, { error: 'must be different names' })
      .optional()
      .describe('Names of the values of a line of `csv`.'),
    header: z
      .literal(true)
      .optional()
      .describe(
        'Instead of `columns`: the first line of each file, or of the output of a command, names them.',
      ),
    separator: separator(
      'Text between two values of `csv` (default: a comma) or two pairs of `keyvalue` (default: blanks).',
    ),
    equals: separator('Text between key and value of `keyvalue`. Default: `=`.'),
    quote: z
      .string()
      .max(2)
      .regex(/^[^\s\\]*$/, { error: 'must be at most two characters, and neither blanks nor backslashes' })
      .optional()
      .describe(
        'Characters that may enclose a value of `csv` (default: `"`) or `keyvalue` (default: `"\'`); empty: none.',
      ),
    types: typesConfig.default({}).meta({ whole: true }),
  })
  .refine((given) => (given.as === undefined) !== (given.pattern === undefined), {
    error: 'has either `as` or `pattern`',
  })
  .superRefine((given, context) => {
    for (const message of misplaced(given)) context.addIssue({ code: 'custom', path: ['as'], message })
  })

/** One way in which a source of text reads it. */
export type ParseConfig = z.output<typeof parseMap>

interface FormatSettings {
  as?: TextFormatName
  columns?: unknown
  header?: unknown
  separator?: string
  equals?: string
  quote?: string
}

/** Returns a text for each setting that the format does not have, or that it needs. */
function misplaced({ as, columns, header, separator, equals, quote }: FormatSettings): string[] {
  const found: string[] = []
  const onlyFor = (name: string, value: unknown, formats: readonly TextFormatName[]) => {
    if (value !== undefined && (as === undefined || !formats.includes(as)))
      found.push(`does not take \`${name}\`, which is for ${formats.join(' and ')}`)
  }
  onlyFor('columns', columns, ['csv'])
  onlyFor('header', header, ['csv'])
  onlyFor('separator', separator, ['csv', 'keyvalue'])
  onlyFor('quote', quote, ['csv', 'keyvalue'])
  onlyFor('equals', equals, ['keyvalue'])
  if (as === 'csv' && (columns === undefined) === (header === undefined))
    found.push('needs either `columns` or `header: true`')
  if (as === 'keyvalue' && (separator ?? ' ') === (equals ?? '='))
    found.push('needs different texts for `separator` and `equals`')
  return found
}

const shortForm = z.enum(shortNames).transform((as): ParseConfig => parseMap.parse({ as }))
const error = `must be ${shortNames.join(', ')}, a map with \`as\` or \`pattern\`, or a list of these`

/** The setting `parse` of a source of text: the ways in which it is read, in the order in which they are tried. */
export const parseConfig = z
  .union(
    [
      shortForm.transform((one) => [one]),
      parseMap.transform((one) => [one]),
      z
        .array(z.union([shortForm, parseMap], { error }))
        .min(1)
        .max(MAX_PARSERS),
    ],
    { error },
  )
  .meta({ whole: true })

/** The setting `program` of a way to read text. */
function programs() {
  const name = z.string().min(1).max(128)
  return z
    .union([name.transform((one) => [one]), z.array(name).min(1).max(MAX_PROGRAMS)])
    .describe(
      'Only lines of these programs, by the name in the header of syslog or in the journal, or of the container; `*` and `?` stand for parts of a name.',
    )
}

function separator(description: string) {
  return z
    .string()
    .min(1)
    .max(8)
    .regex(/^(?: |[^\n\r"'\\]*[^\s"'\\][^\n\r"'\\]*|\t)$/, {
      error: 'must be a blank, a tab, or a text without quotes, backslashes and line feeds',
    })
    .optional()
    .describe(description)
}

export function zoneName() {
  return z
    .string()
    .max(64)
    .refine((name) => zoneCalled(name) !== undefined, {
      error: 'must be local, UTC, an offset such as +02:00, or a name such as Europe/Berlin',
    })
}

/** Returns the zone of a checked name. */
export function zoneOf(name: string): Zone {
  return zoneCalled(name) ?? utcZone
}

function zoneCalled(name: string): Zone | undefined {
  if (name === 'local') return localZone
  return name === 'UTC' ? utcZone : namedZone(name)
}

/** The setting `multiline` of a source of lines. */
export const multilineConfig = z
  .strictObject({
    start: regexPattern('A pattern of first lines. All other lines belong to the previous one.').optional(),
    indented: z
      .literal(true)
      .optional()
      .describe('Instead of `start`: lines that begin with a blank or a tab belong to the line before.'),
    maxLines: z.int().min(2).max(10_000).default(500).describe('Most lines of a record.'),
    maxBytes: size({ min: 256, max: 8 * 2 ** 20 })
      .prefault('256KiB')
      .describe('Longest record; what follows is a record of its own, marked `continued`.'),
    wait: duration({ min: 50, max: 60_000 })
      .prefault('1s')
      .describe('How long a record waits for its next line.'),
  })
  .refine((given) => (given.start === undefined) !== (given.indented === undefined), {
    error: 'has either `start` or `indented`',
  })
  .meta({ whole: true })
export type MultilineConfig = z.output<typeof multilineConfig>
