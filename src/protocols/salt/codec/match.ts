import { TocsinError } from '../../../errors/tocsin-error.js'
import { deleteOldest } from '../../../event/oldest.js'
import { compileGlob, type GlobProgram, matchGlob } from '../../../filter/fnmatch.js'
import { compileRegex } from '../../../filter/regex.js'
import { pythonRegex } from './python-regex.js'

export type MatchType = 'startswith' | 'endswith' | 'find' | 'regex' | 'fnmatch'

/** Returns whether a tag matches a pattern. */
export type TagMatcher = (tag: string, pattern: string) => boolean

const MAX_CACHED_PATTERNS = 1000

/** Makes a value for each key, and keeps the most recently used ones. */
export class BoundedCache<Value> {
  readonly #limit: number
  readonly #make: (key: string) => Value
  readonly #values = new Map<string, Value>()

  constructor(limit: number, make: (key: string) => Value) {
    this.#limit = limit
    this.#make = make
  }

  get(key: string): Value {
    let value = this.#values.get(key)
    if (value === undefined) value = this.#make(key)
    else this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#limit) deleteOldest(this.#values)
    return value
  }
}

const matchers: Record<MatchType, TagMatcher> = {
  startswith: (tag, pattern) => tag.startsWith(pattern),
  endswith: (tag, pattern) => tag.endsWith(pattern),
  find: (tag, pattern) => tag.includes(pattern),
  regex: (tag, pattern) => regexes.get(pattern).test(tag),
  fnmatch,
}

/**
 * Like Salt, this puts `^` before the pattern to match from the beginning of the tag. As a consequence, `a|b` matches
 * an `a` at the beginning or a `b` anywhere.
 */
const regexes = new BoundedCache(MAX_CACHED_PATTERNS, (pattern: string) =>
  compileRegex(`^${pythonRegex(pattern)}`, `regular expression '${pattern}'`),
)

const globs = new BoundedCache(MAX_CACHED_PATTERNS, compileGlob)
const utf8 = new TextEncoder()

/**
 * Python's `fnmatch.fnmatch` on POSIX: matches the whole name, distinguishes case, and `*` matches `/` too.
 *
 * @example
 * fnmatch('salt/job/1/ret/web1', 'salt/job/*') // true
 * fnmatch('web12', 'web?') // false
 */
export function fnmatch(name: string, pattern: string): boolean {
  const program: GlobProgram = globs.get(pattern)
  const bytes = utf8.encode(name)
  return matchGlob(program, bytes, 0, bytes.length)
}

function isMatchType(name: unknown): name is MatchType {
  return typeof name === 'string' && Object.hasOwn(matchers, name)
}

/** The matcher with this name. An unknown name means `fallback`, as in Salt, and an unknown fallback `startswith`. */
export function tagMatcher(name: unknown, fallback: unknown = 'startswith'): TagMatcher {
  const known = isMatchType(name) ? name : isMatchType(fallback) ? fallback : 'startswith'
  return matchers[known]
}

/** Throws TCN_SALT_TAG for a pattern that is not text, TCN_FILTER_REGEX for a regular expression that is not valid. */
export function checkPattern(matcher: TagMatcher, pattern: unknown): asserts pattern is string {
  if (typeof pattern !== 'string')
    throw new TocsinError('TCN_SALT_TAG', `a tag must be text, not ${typeof pattern}`)
  if (matcher === matchers.regex) regexes.get(pattern)
}
