/** Bounds of what a filter may ask for; nobody's filter may stop the loop for long. */
export const FilterLimits = {
  /** UTF-8 bytes of a glob, a regular expression or a pattern in the short spelling. */
  patternBytes: 256,
  /** UTF-8 bytes of a text to compare with (`exact`, `prefix`, `suffix`, `contains`); no tag is longer. */
  literalBytes: 1024,
  /** Comparisons and combinations in one filter. */
  parts: 256,
  /** What these may cost together, see cost.ts. */
  cost: 600,
  /** How deep `all`, `any` and `not` nest. */
  depth: 16,
  /** Keys of a path such as `data.a.b`. */
  pathKeys: 16,
  /** Counts in braces of a regular expression, also multiplied where such repeats nest. */
  regexRepeat: 100,
  /** Size of a regular expression with its repeats written out, in characters and operators. */
  regexSize: 256,
  /** UTF-8 bytes of an SQL expression, also as it is written out in its canonical form. */
  sqlBytes: 4096,
  /** Words and signs of an SQL expression. */
  sqlTokens: 2048,
  /** Operands and operators of all SQL expressions in one filter. */
  sqlNodes: 512,
  /** How deep the parts of an SQL expression nest. */
  sqlDepth: 64,
  /** A longer text (bytes) never matches `glob` or `regex`; only a body holds such. */
  patternedBytes: 4 * 1024,
  /** A longer text (bytes) never matches `contains`. */
  searchedBytes: 64 * 1024,
} as const
