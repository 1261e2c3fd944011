/** Compiling a range without regard to case looks at each of its characters; so many take as long as a named class. */
const CHARACTERS = 8192
/** Shorter ranges take no time worth mentioning. */
const SHORT_RANGE = 1024

const named = /\\[pP]/g
const ignoresCase = /\(\?[a-zA-Z-]*i/
const range = /(\\x\{[0-9a-fA-F]+\}|\\?.)-(\\x\{[0-9a-fA-F]+\}|\\?.)/gsu

/**
 * Number of classes of Unicode characters in a regular expression, such as `\p{L}`. Each has hundreds of ranges, which
 * the compiler sorts, joins and, without regard to case, completes: no other part of so few bytes takes so long. Ranges
 * of very many characters count too. The pattern is not parsed, so what only looks like a class may count.
 */
export function regexClasses(pattern: string): number {
  const count = pattern.match(named)?.length ?? 0
  return ignoresCase.test(pattern) ? count + wideRanges(pattern) : count
}

function wideRanges(pattern: string): number {
  let count = 0
  for (const [, first, last] of pattern.matchAll(range)) {
    const characters = codePoint(last) - codePoint(first)
    if (characters >= SHORT_RANGE) count += Math.ceil(characters / CHARACTERS)
  }
  return count
}

function codePoint(written: string): number {
  const hex = /^\\x\{(.*)\}$/.exec(written)
  return hex === null ? (written.replace(/^\\/, '').codePointAt(0) ?? 0) : Number.parseInt(hex[1], 16)
}
