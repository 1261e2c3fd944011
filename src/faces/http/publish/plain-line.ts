import { DEFAULT_LIMITS } from '../../../event/check.js'
import type { BodyWriter } from '../../../event/frame-writer.js'
import { JsonTranscoder, LEFT, MAX_DEPTH } from '../../../event/msgpack/from-json.js'

/**
 * The usual line `{"tag":…,"data":…}`, with or without a space after colons and commas, as most programs write it.
 * Its data is converted to msgpack without creating an object.
 */
export class PlainLine implements BodyWriter {
  readonly walked = { fault: undefined, depth: MAX_DEPTH }
  readonly #transcoder = new JsonTranscoder()
  json: Uint8Array = nothing
  tagStart = 0
  tagEnd = 0
  #dataStart = 0
  #limit = 0
  /** The offset of the end of the line, once its data is written. */
  end = 0

  /** Finds the tag in the line that begins at `start` and ends before `limit`. Returns false for any other line. */
  begin(json: Uint8Array, start: number, limit: number): boolean {
    this.json = json
    this.#limit = limit
    const tag = behind(json, start, TAG)
    if (tag < 0 || json[tag] !== QUOTE) return false
    const tagEnd = endOfTag(json, tag + 1, limit)
    const data = behind(json, tagEnd, DATA)
    if (data < 0 || tagEnd === tag + 1 || tagEnd - tag > DEFAULT_LIMITS.tag) return false
    this.tagStart = tag + 1
    this.tagEnd = tagEnd
    this.#dataStart = data
    return true
  }

  writeBody(slab: Uint8Array, at: number): number {
    const { json } = this
    const stop = this.#transcoder.transcode(json, this.#dataStart, this.#limit, slab, at)
    if (stop < 0) return stop
    if (stop >= this.#limit || json[stop] !== CLOSE || json[stop + 1] !== LINE_FEED) return LEFT
    this.end = stop + 1
    return this.#transcoder.written
  }
}

/** Returns the offset after the expected bytes at `at` and an optional space after each part; LEFT for other bytes. */
function behind(json: Uint8Array, at: number, piece: readonly Uint8Array[]): number {
  for (const part of piece) {
    for (let index = 0; index < part.length; index++) if (json[at++] !== part[index]) return LEFT
    if (json[at] === SPACE) at++
  }
  return at
}

function endOfTag(json: Uint8Array, start: number, limit: number): number {
  let at = start
  while (at < limit && isPlain(json[at])) at++
  return at
}

/** Whether the character represents itself in JSON and is allowed in a tag. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code !== QUOTE && code !== BACKSLASH && code !== DELETE
}

const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const CLOSE = 0x7d
const DELETE = 0x7f
const LINE_FEED = 0x0a
const TAG = [Buffer.from('{"tag":')]
const DATA = [Buffer.from('",'), Buffer.from('"data":')]
const nothing = new Uint8Array(0)
