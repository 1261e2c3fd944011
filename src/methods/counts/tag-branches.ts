import { tagLength, tagStart } from '../../event/frame.js'
import { decodeUtf8, utf8Length } from '../../event/utf8.js'
import type { Facets, FieldValue } from '../contract/index.js'
import { Count } from './count.js'
import type { FieldReader } from './field-reader.js'

const SLASH = 0x2f

/**
 * Reads the beginnings of tags: two segments, or up to the next slash after `under`, with which all tags must begin. If
 * the tag goes on, its beginning ends with that slash.
 */
export function tagBranches(name: string, under: string | undefined): FieldReader {
  const skipped = under === undefined ? 0 : utf8Length(under)
  const slashes = under === undefined ? 2 : 1
  return {
    name,
    list: under === undefined ? 'prefixes' : undefined,
    keepsSlash: true,
    read(bytes, at) {
      const start = tagStart(bytes, at)
      const end = start + tagLength(bytes, at)
      let left = slashes
      for (let i = start + skipped; i < end; i++) {
        if (bytes[i] === SLASH && --left === 0) return decodeUtf8(bytes, start, i + 1)
      }
      return decodeUtf8(bytes, start, end)
    },
  }
}

/** Returns the most frequent beginnings without the slash, and says after which of them tags go on. */
export function topBranches(count: Count, under: string | undefined, most: number): Facets['values'] {
  const joined = new Count()
  const branches = new Set<FieldValue>()
  for (const [value, events] of count.values) {
    const text = String(value)
    const goesOn = isBranch(text, under)
    const branch = goesOn ? text.slice(0, -1) : text
    joined.addValue(branch, events)
    if (goesOn) branches.add(branch)
  }
  return joined.top(most).map((each) => (branches.has(each.value) ? { ...each, more: true } : each))
}

/** A short tag may itself end with a slash. */
function isBranch(text: string, under: string | undefined): boolean {
  if (under === undefined) return /\/.*\/$/s.test(text)
  return text.length > under.length && text.endsWith('/')
}
