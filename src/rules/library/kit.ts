import type { RuleInput } from '../config.js'

/** A rule as a configuration would have it. */
export type LibraryRule = RuleInput
