import { TocsinError } from '../../../event/errors.js'
import { compileGlob, type GlobProgram, matchGlob } from '../../../filter/fnmatch.js'
import { compileRegex } from '../../../filter/regex.js'
import { BoundedCache } from './bounded-cache.js'
import { pythonRegex } from './python-regex.js'

export type MatchType = 'startswith' | 'endswith' | 'find' | 'regex' | 'fnmatch'

/** Whether a tag matches. */
export type TagMatcher = (tag: string, pattern: string) => boolean

const CACHED_PATTERNS = 1000

const matchers: Record<MatchType, TagMatcher> = {
  startswith: (tag, pattern) => tag.startsWith(pattern),
  endswith: (tag, pattern) => tag.endsWith(pattern),
  find: (tag, pattern) => tag.includes(pattern),
  regex: (tag, pattern) => regexes.get(pattern).test(tag),
  fnmatch,
}

/**
 * Looked for from the beginning of the tag as Salt does it, by `^` before the pattern: so `a|b` is an `a` at the
 * beginning, or a `b` anywhere.
 */
const regexes = new BoundedCache(CACHED_PATTERNS, (pattern: string) =>
  compileRegex(`^${pythonRegex(pattern)}`, `regular expression '${pattern}'`),
)

const globs = new BoundedCache(CACHED_PATTERNS, compileGlob)
const utf8 = new TextEncoder()

/** Python's `fnmatch.fnmatch` on POSIX: the whole name, upper and lower case apart, `*` also across `/`. */
export function fnmatch(name: string, pattern: string): boolean {
  const program: GlobProgram = globs.get(pattern)
  const bytes = utf8.encode(name)
  return matchGlob(program, bytes, 0, bytes.length)
}

function isMatchType(name: unknown): name is MatchType {
  return typeof name === 'string' && Object.hasOwn(matchers, name)
}

/** Of an unknown name, as in Salt, that of `otherwise`; and of an unknown one there, `startswith`. */
export function tagMatcher(name: unknown, otherwise: unknown = 'startswith'): TagMatcher {
  const known = isMatchType(name) ? name : isMatchType(otherwise) ? otherwise : 'startswith'
  return matchers[known]
}

/** Throws TCN_FILTER_REGEX where the pattern is a regular expression that cannot be run. */
export function checkPattern(matcher: TagMatcher, pattern: unknown): asserts pattern is string {
  if (typeof pattern !== 'string')
    throw new TocsinError('TCN_SALT_TAG', `a tag is text, not ${typeof pattern}`)
  if (matcher === matchers.regex) regexes.get(pattern)
}
