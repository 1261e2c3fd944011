import { TocsinError } from '../../../errors/tocsin-error.js'
import { SEPARATOR_BYTES } from '../../../event/frame.js'
import { readText } from '../../../event/msgpack/generated-code.js'
import { isUtf8 } from '../../../event/utf8.js'

/** The body of a Salt event is `tag 0A 0A data`. The first pair of line feeds separates tag and data. */

const LINE_FEED = 0x0a
const utf8 = new TextEncoder()

/** Offset of the two line feeds; -1 if there are none. */
export function findSeparator(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 1 < end; at++) {
    if (bytes[at] === LINE_FEED && bytes[at + 1] === LINE_FEED) return at
  }
  return -1
}

export interface SplitBody {
  tag: string
  /** msgpack, as a view of the body. */
  data: Uint8Array
}

/** Throws TCN_FRAME_SEPARATOR or TCN_TAG_UTF8. */
export function splitBody(body: Uint8Array): SplitBody {
  const separator = findSeparator(body, 0, body.length)
  if (separator < 0) throw new TocsinError('TCN_FRAME_SEPARATOR')
  if (!isUtf8(body, 0, separator)) throw new TocsinError('TCN_TAG_UTF8')
  return { tag: readText(body, 0, separator), data: body.subarray(separator + SEPARATOR_BYTES) }
}

/** Throws TCN_TAG_CONTROL for a tag with two consecutive line feeds, where every receiver would end the tag. */
export function joinBody(tag: string | Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const name = typeof tag === 'string' ? utf8.encode(tag) : tag
  const body = new Uint8Array(name.length + SEPARATOR_BYTES + data.length)
  body.set(name)
  body.fill(LINE_FEED, name.length, name.length + SEPARATOR_BYTES)
  if (findSeparator(body, 0, body.length) !== name.length) throw new TocsinError('TCN_TAG_CONTROL')
  body.set(data, name.length + SEPARATOR_BYTES)
  return body
}
