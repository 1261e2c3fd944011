import { globTest } from './glob-bits.js'

/**
 * Tests names with a list of globs, of which those with `!` exclude. Without one that names something, all names match
 * that are not excluded.
 */
export function globListTest(patterns: readonly string[]): (name: string) => boolean {
  const isOut = (pattern: string) => pattern.startsWith('!')
  const without = patterns.filter(isOut).map((pattern) => globTest(pattern.slice(1)))
  const named = patterns.filter((pattern) => !isOut(pattern)).map(globTest)
  return (name) =>
    (named.length === 0 || named.some((test) => test(name))) && !without.some((test) => test(name))
}
