import { filterError } from './errors.js'

/** Limits that keep any filter from blocking the event loop for long. */
export const FilterLimits = {
  /** Length of a glob, a regular expression or a pattern in the short form, in UTF-8 bytes. */
  patternBytes: 256,
  /** Length of a text to compare with (`exact`, `prefix`, `suffix`, `contains`), in UTF-8 bytes. */
  literalBytes: 1024,
  /** Length of a filter in the JSON form that is given as text, in UTF-8 bytes. */
  jsonBytes: 256 * 1024,
  /** Number of comparisons and combinations in one filter. */
  parts: 256,
  /** Total cost of one filter, see cost.ts. */
  cost: 600,
  /** Nesting depth of `all`, `any` and `not`. */
  depth: 16,
  /** Number of keys in a path such as `data.a.b`. */
  pathKeys: 16,
  /** Counts in braces of a regular expression, multiplied if such repeats nest. */
  regexRepeat: 100,
  /** Size of a regular expression with its repeats written out, in characters and operators. */
  regexSize: 256,
  /** Classes of Unicode characters in all regular expressions of one filter, see regex-classes.ts. */
  regexClasses: 24,
  /** Length of an SQL expression, also in its canonical form, in UTF-8 bytes. */
  sqlBytes: 4096,
  /** Number of words and symbols in an SQL expression. */
  sqlTokens: 2048,
  /** Number of operands and operators in all SQL expressions of one filter. */
  sqlNodes: 512,
  /** Nesting depth of an SQL expression. */
  sqlDepth: 64,
  /** Texts of more bytes in bodies and attributes never match `glob` or `regex`. */
  patternedBytes: 4 * 1024,
  /** Texts of more bytes never match `contains`. `grep` looks at this number of bytes of the texts of an event. */
  searchedBytes: 64 * 1024,
  /** Bytes of the texts of an event that `grep` looks at for a pattern, or without regard to case. */
  patternSearchedBytes: 16 * 1024,
} as const

const utf8 = new TextEncoder()

/** Refuses text that is too long, in UTF-8 bytes, or that cannot be encoded as UTF-8. */
export function checkText(text: string, limit: number, where: string): void {
  // The UTF-16 length is checked first, so that hostile text is not encoded only to be measured.
  if (text.length > limit || utf8.encode(text).length > limit) {
    throw filterError('TCN_FILTER_PATTERN_TOO_LONG', where, `longer than ${limit} bytes`)
  }
  if (/\p{Surrogate}/u.test(text)) throw filterError('TCN_FILTER_SYNTAX', where, 'half of a surrogate pair')
}
