import type { Event } from '../../event/event.js'
import { compileRegex } from '../../filter/regex.js'

/** A pattern looked for in the tag and in the texts of the body. */
export interface Grep {
  matches(event: Event): boolean
  /** The same line with its matches marked; colour sequences in it are kept. */
  highlight(line: string): string
}

/** Searches the texts of an event one after another, until one satisfies the test. */
interface Finder {
  test(text: string): boolean
  /** Starts and ends of the matches that are not empty, in order. */
  find(text: string): readonly (readonly [start: number, end: number])[]
}

/** Compiles the pattern (RE2: linear time). Throws TCN_FILTER_REGEX if it is not valid. */
export function grepFor(pattern: string, ignoreCase: boolean): Grep {
  const finder =
    /^[\w\s/:@#%&,;<>=~"'-]*$/.test(pattern) && !ignoreCase ? plain(pattern) : regex(pattern, ignoreCase)
  return {
    matches: (event) => finder.test(event.tag) || containsText(event.data, finder),
    highlight: (line) => highlighted(line, finder),
  }
}

/** Most searches are for plain text, which is found ten times as fast without the engine. */
function plain(text: string): Finder {
  return {
    test: (within) => within.includes(text),
    find(within) {
      const found: [number, number][] = []
      if (text === '') return found
      for (let at = within.indexOf(text); at >= 0; at = within.indexOf(text, at + text.length))
        found.push([at, at + text.length])
      return found
    },
  }
}

function regex(pattern: string, ignoreCase: boolean): Finder {
  const compiled = compileRegex(ignoreCase ? `(?i)${pattern}` : pattern, '--grep')
  return {
    test: (text) => compiled.matcher(text).find(),
    find(text) {
      const found: [number, number][] = []
      const matcher = compiled.matcher(text)
      while (matcher.find()) if (matcher.end() > matcher.start()) found.push([matcher.start(), matcher.end()])
      return found
    },
  }
}

/** The keys of maps are no text of the body. The depth of a body is limited where it is checked. */
function containsText(value: unknown, finder: Finder): boolean {
  if (typeof value === 'string') return finder.test(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  if (value instanceof Map) return [...value.values()].some((each) => containsText(each, finder))
  return Object.values(value).some((each) => containsText(each, finder))
}

const INVERSE = '\x1b[7m'
const NOT_INVERSE = '\x1b[27m'

/** Inverse keeps the colours that the line already has. */
function highlighted(line: string, finder: Finder): string {
  return line
    .split(/(\x1b\[[0-9;]*m)/)
    .map((piece, at) => (at % 2 === 1 ? piece : mark(piece, finder)))
    .join('')
}

function mark(text: string, finder: Finder): string {
  let marked = ''
  let end = 0
  for (const [start, next] of finder.find(text)) {
    marked += text.slice(end, start) + INVERSE + text.slice(start, next) + NOT_INVERSE
    end = next
  }
  return marked + text.slice(end)
}
