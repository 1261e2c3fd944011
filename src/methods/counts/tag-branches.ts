import { tagLength, tagStart } from '../../event/frame.js'
import { segmentsEnd } from '../../event/segments.js'
import { decodeUtf8, utf8Length } from '../../event/utf8.js'
import type { Facets, FieldValue } from '../contract/index.js'
import { Count } from './count.js'
import type { FieldReader } from './field-reader.js'
import { goesOn } from './prefix.js'

/**
 * Reads the beginnings of tags: two segments, or up to the next slash after `under`, with which all tags must begin. If
 * the tag goes on, its beginning ends with that slash.
 */
export function tagBranches(name: string, under: string | undefined): FieldReader {
  const skipped = under === undefined ? 0 : utf8Length(under)
  const segments = under === undefined ? 2 : 1
  const isBranch =
    under === undefined ? goesOn : (text: string) => text.length > under.length && text.endsWith('/')
  return {
    name,
    list: under === undefined ? 'prefixes' : undefined,
    top: (count, most) => topBranches(count, isBranch, most),
    read(bytes, at) {
      const start = tagStart(bytes, at)
      const end = start + tagLength(bytes, at)
      const branch = segmentsEnd(bytes, start + skipped, end, segments)
      return decodeUtf8(bytes, start, branch < 0 ? end : branch)
    },
  }
}

/** Returns the most frequent beginnings without the slash, and says after which of them tags go on. */
function topBranches(count: Count, isBranch: (text: string) => boolean, most: number): Facets['values'] {
  const joined = new Count()
  const branches = new Set<FieldValue>()
  for (const [value, events] of count.values) {
    const text = String(value)
    const branch = isBranch(text) ? text.slice(0, -1) : text
    joined.addValue(branch, events)
    if (branch !== text) branches.add(branch)
  }
  return joined.top(most).map((each) => (branches.has(each.value) ? { ...each, more: true } : each))
}
