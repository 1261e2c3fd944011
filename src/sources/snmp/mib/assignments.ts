/** Words of a MIB file: punctuation, `::=`, texts and all else. Comments go to the end of their line. */
const WORDS = /--.*|"[^"]*"|::=|[{}(),;]|(?:(?!--|::=)[^\s{}(),;"])+/g
const AT_ONCE = 2_000

/** The macros by which a module names an object identifier (RFC 1155, 1215, 2578 and 2580). */
const MACROS = new Set([
  'OBJECT', // OBJECT IDENTIFIER
  'MODULE-IDENTITY',
  'OBJECT-IDENTITY',
  'OBJECT-TYPE',
  'NOTIFICATION-TYPE',
  'TRAP-TYPE',
  'OBJECT-GROUP',
  'NOTIFICATION-GROUP',
  'MODULE-COMPLIANCE',
  'AGENT-CAPABILITIES',
])
const DESCRIPTOR = /^[a-z][\w-]{0,63}$/
const NUMBER = /^\d{1,10}$/

/** A name that a module gives to an identifier: that of its parent, and the numbers after it. */
export interface MibAssignment {
  readonly module: string
  readonly name: string
  readonly parent: string
  readonly numbers: readonly string[]
}

interface Begun {
  readonly name: string
  /** That of a trap of version 1. */
  enterprise?: string
}

/** Reads what a file says about object identifiers, in short steps; everything else in it is passed over. */
export function* mibAssignments(text: string): Generator<undefined, MibAssignment[]> {
  const found: MibAssignment[] = []
  let module = ''
  let begun: Begun | undefined
  const words = yield* wordsOf(text)
  for (let at = 0; at < words.length; at++) {
    if (at % AT_ONCE === 0) yield
    const word = words[at]
    const before = words[at - 1] ?? ''
    if (word === 'DEFINITIONS') module = before
    else if (MACROS.has(word) && DESCRIPTOR.test(before)) begun = { name: before }
    else if (word === 'ENTERPRISE' && begun !== undefined)
      begun.enterprise = words[at + 1] === '{' ? words[at + 2] : words[at + 1]
    else if (word === '::=' && begun !== undefined) {
      const value = valueAt(words, at + 1, begun.enterprise)
      if (value !== undefined) found.push({ module, name: begun.name, ...value })
      begun = undefined
    }
  }
  return found
}

function* wordsOf(text: string): Generator<undefined, string[]> {
  const words: string[] = []
  for (const [word] of text.matchAll(WORDS)) {
    if (!word.startsWith('--') && !word.startsWith('"') && words.push(word) % AT_ONCE === 0) yield
  }
  return words
}

/** `{ ifEntry 2 }`, `{ iso org(3) dod(6) }`, or the number of a trap of version 1, behind its enterprise and 0. */
function valueAt(
  words: readonly string[],
  at: number,
  enterprise: string | undefined,
): Pick<MibAssignment, 'parent' | 'numbers'> | undefined {
  if (enterprise !== undefined && NUMBER.test(words[at] ?? ''))
    return { parent: enterprise, numbers: ['0', words[at]] }
  if (words[at] !== '{') return undefined
  const [parent = '', ...rest] = words.slice(at + 1, closingAt(words, at))
  const numbers = rest.filter((word) => NUMBER.test(word))
  // Names within stand before their numbers; the parent may be written with its number, too.
  if (rest[0] === '(') numbers.shift()
  return numbers.length > 0 ? { parent, numbers } : undefined
}

/** Identifiers have at most 128 parts, of which each may have a name. */
const MOST_WORDS = 512

function closingAt(words: readonly string[], begin: number): number {
  const end = words.slice(begin, begin + MOST_WORDS).indexOf('}')
  return end < 0 ? begin : begin + end
}
