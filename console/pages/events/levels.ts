import { severityNames } from '../../../src/event/severity-names.js'

const names: readonly unknown[] = severityNames

/** The place of a severity among all: the worst is 0, and what is none comes last. */
export function rankOf(value: unknown): number {
  const rank = names.indexOf(value)
  return rank < 0 ? names.length : rank
}
