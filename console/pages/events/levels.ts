import type { SeverityName } from '../../../src/event/severity.js'

const levels: readonly unknown[] = [
  'emerg',
  'alert',
  'crit',
  'err',
  'warning',
  'notice',
  'info',
  'debug',
] satisfies readonly SeverityName[]

/** The place of a severity among all: the worst is 0, and what is none comes last. */
export function rankOf(value: unknown): number {
  const rank = levels.indexOf(value)
  return rank < 0 ? levels.length : rank
}
