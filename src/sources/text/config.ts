import { z } from 'zod'
import { duration, size } from '../../config/values/units.js'
import { messageOf } from '../../errors/thrown.js'
import { localZone, namedZone, utcZone, type Zone } from '../../event/zone.js'
import { compileRegex } from '../../filter/regex.js'

const formats = ['json', 'logfmt', 'access', 'syslog'] as const
const fieldName = z.string().min(1).max(256)

/** A regular expression that runs in linear time. */
function pattern(description: string) {
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

const parseMap = z
  .strictObject({
    as: z
      .enum(formats)
      .optional()
      .describe(
        '`json`: one object a line; `logfmt`: `key=value`; `access`: the common or combined format of Apache and nginx; `syslog`: lines that a syslog daemon writes.',
      ),
    pattern: pattern(
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
  })
  .refine((given) => (given.as === undefined) !== (given.pattern === undefined), {
    error: 'has either `as` or `pattern`',
  })

export type ParseConfig = z.output<typeof parseMap>

/** The setting `parse` of a source of text. */
export const parseConfig = z
  .union(
    [z.enum(formats).transform((as): ParseConfig => ({ as, zone: 'local', keepLine: false })), parseMap],
    { error: `must be ${formats.join(', ')}, or a map with \`as\` or \`pattern\`` },
  )
  .meta({ whole: true })

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
    start: pattern('A pattern of first lines. All other lines belong to the previous one.').optional(),
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
