/** Bounds of what a filter may ask for; nobody's filter may stop the loop for long. */
export const FilterLimits = {
  /** UTF-8 bytes of a glob, a regular expression or a pattern in the short spelling. */
  patternBytes: 256,
  /** UTF-8 bytes of a text to compare with (`exact`, `prefix`, `suffix`, `contains`); no tag is longer. */
  literalBytes: 1024,
  /** Comparisons and combinations in one filter. */
  parts: 256,
  /** How deep `all`, `any` and `not` nest. */
  depth: 16,
  /** Segments of a path such as `data.a.b`. */
  pathSegments: 16,
  /** Counts in braces of a regular expression, also multiplied where such repeats nest. */
  regexRepeat: 100,
  /** Instructions a regular expression may compile to. */
  regexProgram: 1000,
  /** Texts longer than this (bytes) never match `glob`, `regex` or `contains`; only a body holds such. */
  searchedBytes: 16 * 1024,
} as const
