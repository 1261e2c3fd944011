import { TocsinError } from '../../errors/tocsin-error.js'
import type { KeyPath } from '../problem.js'

const MAX_DEPTH = 32
const MAX_CHARACTERS = 1024
/** A name, a name in quotes, an index, or `[]` for the place after the last entry of a list. */
const part = /(?:^|\.)(?:([\w-]+)|"((?:[^"\\]|\\.)*)")|\[(\d{1,6})?\]/y

/** The index that stands for a new entry at the end of a list. */
export const APPEND = -1

/** Reads a key as it is written everywhere: `log.retention.age`, `salt[0].bus`, `principals."a b"`, `salt[]`. */
export function parseKey(text: string): KeyPath {
  const path: (string | number)[] = []
  let at = 0
  while (at < text.length) {
    part.lastIndex = at
    const match = part.exec(text)
    if (match === null || match[0].length === 0 || path.length === MAX_DEPTH) throw notAKey(text)
    const [whole, name, quoted, index] = match
    if (name !== undefined) path.push(name)
    else if (quoted !== undefined) path.push(unquoted(text, quoted))
    else path.push(index === undefined ? APPEND : Number(index))
    at += whole.length
  }
  if (path.length === 0 || typeof path[0] === 'number' || text.length > MAX_CHARACTERS) throw notAKey(text)
  return path
}

function unquoted(text: string, quoted: string): string {
  try {
    return JSON.parse(`"${quoted}"`) as string
  } catch {
    throw notAKey(text)
  }
}

function notAKey(text: string): TocsinError {
  return new TocsinError('TCN_CONFIG_EDIT', `${JSON.stringify(text.slice(0, 80))} is not a key`)
}
