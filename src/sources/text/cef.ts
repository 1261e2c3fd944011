import type { SeverityName } from '../../event/severity.js'

/** At most this many pairs in the extension; a line with more is left as text. */
const MAX_PAIRS = 256

export interface CefEvent {
  fields: Record<string, unknown>
  /** The name of the event. */
  name: string
  severity?: SeverityName
}

/** Names of the parts of the header between version and extension. */
const parts = ['vendor', 'product', 'productVersion', 'signature', 'name', 'level'] as const

/** Words for the severity, which is a number from 0 to 10 otherwise. */
const levels: ReadonlyMap<string, SeverityName> = new Map([
  ['low', 'info'],
  ['medium', 'warning'],
  ['high', 'err'],
  ['very-high', 'crit'],
])

const key = /[A-Za-z0-9_][A-Za-z0-9_.\-[\]]{0,255}$/

/**
 * Reads the Common Event Format of ArcSight: `CEF:0|vendor|product|version|signature|name|severity|key=value …`. Undefined
 * for any other text.
 */
export function parseCef(text: string): CefEvent | undefined {
  const version = /^CEF:\s?(\d{1,2}(?:\.\d{1,2})?)\|/.exec(text)
  if (version === null) return undefined
  const fields: Record<string, unknown> = { cef: version[1] }
  let at = version[0].length
  for (const part of parts) {
    const end = endOfPart(text, at)
    // The severity may end the line.
    if (end === -1 && part !== 'level') return undefined
    fields[part] = unescaped(text.slice(at, end === -1 ? undefined : end), headerEscape)
    at = end === -1 ? text.length : end + 1
  }
  const pairs = extension(text.slice(at).trim())
  if (pairs === undefined) return undefined
  const name = String(fields.name)
  const severity = severityOfLevel(String(fields.level))
  return { fields: { ...fields, ...withoutClash(pairs, fields) }, name, severity }
}

/** The pairs as fields; those with the name of a part of the header are in `extension`. */
function withoutClash(pairs: readonly [string, string][], header: object): Record<string, unknown> {
  const isFree = ([name]: readonly [string, string]) => !Object.hasOwn(header, name)
  const free = Object.fromEntries(pairs.filter(isFree))
  const clashing = pairs.filter((pair) => !isFree(pair))
  return clashing.length === 0 ? free : { ...free, extension: Object.fromEntries(clashing) }
}

function severityOfLevel(level: string): SeverityName | undefined {
  if (!/^\d{1,2}$/.test(level)) return levels.get(level.trim().toLowerCase())
  const number = Number(level)
  if (number > 10) return undefined
  if (number >= 9) return 'crit'
  if (number >= 7) return 'err'
  return number >= 4 ? 'warning' : 'info'
}

/** Returns the offset of the next bar that is not escaped, -1 if there is none. */
function endOfPart(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '|') return at
  }
  return -1
}

/** Values may have blanks: each ends before the word that is the next key. */
function extension(text: string): [string, string][] | undefined {
  const starts = keysIn(text)
  if (starts === undefined || (text !== '' && starts[0]?.start !== 0)) return undefined
  return starts.map(({ start, equals }, i) => {
    const end = starts[i + 1]?.start ?? text.length
    return [text.slice(start, equals), unescaped(text.slice(equals + 1, end).trim(), extensionEscape)]
  })
}

function keysIn(text: string): { start: number; equals: number }[] | undefined {
  const found: { start: number; equals: number }[] = []
  let word = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\\' && (text[at + 1] === '\\' || text[at + 1] === '=')) at++
    else if (character === ' ') word = at + 1
    else if (character === '=' && word !== -1) {
      // A value such as an address may have the sign too, after other text than a key.
      if (isKey(text.slice(word, at))) {
        if (found.length === MAX_PAIRS) return undefined
        found.push({ start: word, equals: at })
      }
      word = -1
    }
  }
  return found
}

function isKey(word: string): boolean {
  return key.exec(word)?.index === 0
}

const headerEscape = /\\([\\|])/g
const extensionEscape = /\\([\\=|nr])/g

function unescaped(text: string, escapes: RegExp): string {
  if (!text.includes('\\')) return text
  return text.replace(escapes, (_, after: string) => (after === 'n' ? '\n' : after === 'r' ? '\r' : after))
}
