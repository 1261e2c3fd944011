/** A field as journalctl writes it: text, bytes as numbers, or a list of these if it occurs several times. */
export type WrittenField = WrittenValue | readonly WrittenValue[]

type WrittenValue = string | null | readonly number[]

/** Fields by their names. Of those of the journal itself, which begin with an underscore, only the ones that are used. */
export type WrittenEntry = ReadonlyMap<string, WrittenField>

const USED = new Set([
  '__CURSOR',
  '__REALTIME_TIMESTAMP',
  '_PID',
  '_SYSTEMD_UNIT',
  '_COMM',
  '_HOSTNAME',
  '_TRANSPORT',
])
/** Most other names that begin with an underscore have another length, so that they need not be read. */
const USED_LENGTHS = new Set([...USED].map(({ length }) => length))
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d
const UNDERSCORE = 0x5f
/** Between the name of a field and a text. */
const BEFORE_TEXT = '":"'

/**
 * Reads a line of `journalctl --output=json`; undefined if it is no object. Most entries have only texts. The order of
 * their fields differs from entry to entry, so that JSON.parse would make a shape of its own for nearly every object,
 * which takes ten times as long.
 */
export function readWrittenEntry(line: string): WrittenEntry | undefined {
  return textsOf(line) ?? parsed(line)
}

/** Returns undefined for anything but an object of texts, as systemd writes it without blanks. */
function textsOf(line: string): WrittenEntry | undefined {
  if (line.charCodeAt(0) !== OPEN) return undefined
  const entry = new Map<string, string>()
  let backslash = nextBackslash(line, 0)
  for (let at = 1; line.charCodeAt(at) === QUOTE; at++) {
    const nameEnd = line.indexOf('"', at + 1)
    if (backslash < nameEnd || !line.startsWith(BEFORE_TEXT, nameEnd)) return undefined
    const start = nameEnd + BEFORE_TEXT.length
    let end = line.indexOf('"', start)
    const hasEscapes = backslash < end
    while (backslash < end) {
      // The character behind it belongs to it, a quotation mark too.
      if (backslash + 1 === end) end = line.indexOf('"', end + 1)
      backslash = nextBackslash(line, backslash + 2)
    }
    if (end < 0) return undefined
    const isOwn = line.charCodeAt(at + 1) !== UNDERSCORE
    if (isOwn || (USED_LENGTHS.has(nameEnd - at - 1) && USED.has(line.slice(at + 1, nameEnd)))) {
      const value = hasEscapes ? unescaped(line.slice(start - 1, end + 1)) : line.slice(start, end)
      if (value === undefined) return undefined
      entry.set(line.slice(at + 1, nameEnd), value)
    }
    at = end + 1
    if (line.charCodeAt(at) === CLOSE && at === line.length - 1) return entry
    if (line.charCodeAt(at) !== COMMA) return undefined
  }
  return undefined
}

function nextBackslash(line: string, from: number): number {
  const at = line.indexOf('\\', from)
  return at < 0 ? Number.POSITIVE_INFINITY : at
}

function unescaped(text: string): string | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function parsed(line: string): WrittenEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== 'object' || entry === null) return undefined
    const used = Object.entries(entry).filter(([name]) => !name.startsWith('_') || USED.has(name))
    return new Map(used.map(([name, value]) => [name, fieldOf(value)]))
  } catch {
    return undefined
  }
}

/** Anything that journalctl does not write is kept as its JSON. */
function fieldOf(value: unknown): WrittenField {
  if (isValue(value) || (Array.isArray(value) && value.every(isValue))) return value
  return JSON.stringify(value)
}

function isValue(value: unknown): value is WrittenValue {
  if (Array.isArray(value)) return value.every((each) => typeof each === 'number')
  return value === null || typeof value === 'string'
}
