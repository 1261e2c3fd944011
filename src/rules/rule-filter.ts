import { z } from 'zod'
import { readBy } from '../config/values/read-by.js'
import { type FilterInput, parseFilter, withCondition } from '../filter/index.js'
import { type LineConfig, lineDefinition } from './lines/config.js'
import { type LineDefinition, lineFilter } from './lines/log-line.js'

export const condition = z
  .string()
  .max(4096)
  .superRefine(readBy((sql: string) => parseFilter({ sql })))

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
