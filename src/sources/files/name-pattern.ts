import { compileGlob, matchGlob } from '../../filter/fnmatch.js'

const utf8 = new TextEncoder()

/** Tests names against a glob. The number of steps is bounded by the lengths of both. */
function globTest(pattern: string): (text: string) => boolean {
  const program = compileGlob(pattern)
  return (text) => {
    const bytes = utf8.encode(text)
    return matchGlob(program, bytes, 0, bytes.length)
  }
}

/** Tests names as a shell does: only a pattern that begins with a dot matches a name that does. */
export function nameTest(pattern: string): (name: string) => boolean {
  const matches = globTest(pattern)
  const hidden = pattern.startsWith('.')
  return (name) => (hidden || !name.startsWith('.')) && matches(name)
}

/** Returns a test for paths. Patterns without `/` are matched with names, others with whole paths. */
export function ignoreTest(patterns: readonly string[]): (path: string) => boolean {
  const ofNames = patterns.filter((pattern) => !pattern.includes('/')).map(globTest)
  const ofPaths = patterns.filter((pattern) => pattern.includes('/')).map(globTest)
  return (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return ofNames.some((matches) => matches(name)) || ofPaths.some((matches) => matches(path))
  }
}

/** Returns whether Node may have replaced bytes that are not UTF-8, so that no file is found under the name. */
export function isReplaced(name: string): boolean {
  return name.includes('\ufffd')
}
