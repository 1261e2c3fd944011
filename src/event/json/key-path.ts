/** Where a value is in a structure of maps and lists: names, and places in lists. */
export type KeyPath = readonly (string | number)[]

const MAX_DEPTH = 32
const MAX_CHARACTERS = 1024
const plainName = /^[\w-]+$/
/** A name, a name in quotes, an index, or `[]` for the place after the last entry of a list. */
const part = /(?:^|\.)(?:([\w-]+)|"((?:[^"\\]|\\.)*)")|\[(\d{1,6})?\]/y

/** The index that stands for a new entry at the end of a list. */
export const APPEND = -1

/** Writes a path as a key: `log.retention.age`, `salt[0].bus`, `principals."a b"`, `salt[]`. */
export function formatKey(path: KeyPath): string {
  return path.reduce<string>((text, each) => text + formatPart(each, text === ''), '')
}

function formatPart(each: string | number, isFirst: boolean): string {
  if (typeof each === 'number') return each === APPEND ? '[]' : `[${each}]`
  // No key has longer names, but a file may.
  const name = plainName.test(each) ? each : JSON.stringify(each.slice(0, MAX_CHARACTERS))
  return isFirst ? name : `.${name}`
}

/** Reads a key as `formatKey` writes it; undefined if it is none. */
export function readKey(text: string): KeyPath | undefined {
  const path: (string | number)[] = []
  let at = 0
  while (at < text.length) {
    part.lastIndex = at
    const match = part.exec(text)
    if (match === null || match[0].length === 0 || path.length === MAX_DEPTH) return undefined
    const [whole, name, quoted, index] = match
    const found = quoted === undefined ? (name ?? placeOf(index)) : unquoted(quoted)
    if (found === undefined) return undefined
    path.push(found)
    at += whole.length
  }
  const isKey = path.length > 0 && typeof path[0] !== 'number' && text.length <= MAX_CHARACTERS
  return isKey ? path : undefined
}

function placeOf(index: string | undefined): number {
  return index === undefined ? APPEND : Number(index)
}

function unquoted(text: string): string | undefined {
  try {
    return String(JSON.parse(`"${text}"`))
  } catch {
    return undefined
  }
}
