import { z } from 'zod'
import { anyFilter } from '../config/values/filter-list.js'
import { readBy } from '../config/values/read-by.js'
import { type FilterInput, parseFilter, withCondition } from '../filter/index.js'
import { byConfig } from './by-config.js'
import { type LineConfig, lineConfig, lineDefinition } from './lines/config.js'
import { type LineDefinition, lineFilter } from './lines/log-line.js'

export const condition = z
  .string()
  .max(4096)
  .superRefine(readBy((sql: string) => parseFilter({ sql })))

/** The keys of further events that a rule is about. `events` describes them. */
export function subjectKeys(events: string) {
  return {
    filter: anyFilter().optional().meta({ kind: 'filters' }).describe(events),
    where: condition.optional().describe('SQL condition that they must match too.'),
    line: lineConfig
      .optional()
      .describe('They are these lines of log files, whichever source has read them.'),
    by: byConfig
      .optional()
      .describe(
        'Fields of these events that have what those in `by` of the rule have in other events. Default: the same fields.',
      ),
  }
}

interface SubjectConfig {
  readonly filter?: FilterInput | undefined
  readonly where?: string | undefined
  readonly line?: LineConfig | undefined
}

export interface Subject {
  readonly filter: FilterInput | undefined
  /** They are these lines of log files. */
  readonly line?: LineDefinition
}

/** The events that match everything of it. */
export function subjectOf({ filter, where, line }: SubjectConfig): Subject {
  const wanted = where === undefined ? filter : withCondition(filter, where)
  if (line === undefined) return { filter: wanted }
  const lines = lineDefinition(line)
  return { filter: lineFilter(lines, wanted), line: lines }
}

const readSubject = readBy((config: SubjectConfig) => parseFilter(subjectOf(config).filter))

/** For `superRefine`: filter, condition and lines may be too much together, although none is alone. */
export function checkSubject(config: SubjectConfig, context: z.RefinementCtx): void {
  if (context.issues.length === 0) readSubject(config, context)
}

/** For `superRefine`, where these keys of `subjectKeys` are: one of them says which events it is about. */
export function checkSubjectOf(...keys: readonly (keyof SubjectConfig)[]) {
  const listed = keys.map((key) => `\`${key}\``)
  const message = `must have a ${listed.slice(0, -1).join(', ')} or ${listed.at(-1)}`
  return (config: SubjectConfig, context: z.RefinementCtx): void => {
    if (keys.some((key) => config[key] !== undefined)) checkSubject(config, context)
    else context.addIssue({ code: 'custom', message })
  }
}
