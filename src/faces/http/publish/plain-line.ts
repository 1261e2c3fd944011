import { DEFAULT_LIMITS } from '../../../event/check.js'
import type { EventWriter } from '../../../event/frame-writer.js'
import { JsonTranscoder, LEFT, MAX_DEPTH } from '../../../event/msgpack/from-json.js'
import { JsonKeyNode } from '../../../event/msgpack/json-keys.js'
import { copyWords, specialBits, viewOf, zeroBits } from '../../../event/msgpack/words.js'

/**
 * The usual line `{"tag":…,"data":…}`, with or without a space after colons and commas, as most programs write it.
 * Its data is converted to msgpack without creating an object.
 */
export class PlainLine implements EventWriter {
  readonly walked = { fault: undefined, depth: MAX_DEPTH }
  readonly #transcoder = new JsonTranscoder()
  #json: Uint8Array = nothing
  #view = viewOf(nothing)
  #slab: Uint8Array = nothing
  #slabView = viewOf(nothing)
  #tagStart = 0
  #tagEnd = 0
  #dataStart = 0
  #limit = 0
  /** The offset of the end of the line, once its data is written. */
  end = 0

  get tagBytes(): number {
    return this.#tagEnd - this.#tagStart
  }

  /** Finds the tag in the line that begins at `start` and ends before `limit`. Returns false for any other line. */
  begin(json: Uint8Array, start: number, limit: number): boolean {
    if (json !== this.#json) {
      this.#json = json
      this.#view = viewOf(json)
    }
    this.#limit = limit
    const quote = this.#behind(TAG, start)
    if (quote < 0 || json[quote] !== QUOTE) return false
    const tagStart = quote + 1
    const tagEnd = this.#endOfTag(tagStart)
    const tagBytes = tagEnd - tagStart
    if (
      tagBytes === 0 ||
      tagBytes > DEFAULT_LIMITS.tag ||
      json[tagEnd] !== QUOTE ||
      json[tagEnd + 1] !== COMMA
    )
      return false
    const data = this.#behind(DATA, json[tagEnd + 2] === SPACE ? tagEnd + 3 : tagEnd + 2)
    if (data < 0) return false
    this.#tagStart = tagStart
    this.#tagEnd = tagEnd
    this.#dataStart = data
    return true
  }

  writeTag(slab: Uint8Array, at: number): void {
    if (slab !== this.#slab) {
      this.#slab = slab
      this.#slabView = viewOf(slab)
    }
    copyWords(this.#view, this.#tagStart, this.#tagEnd, this.#slabView, at)
  }

  writeBody(slab: Uint8Array, at: number): number {
    const json = this.#json
    const stop = this.#transcoder.transcode(json, this.#dataStart, this.#limit, slab, at)
    if (stop < 0) return stop
    if (stop >= this.#limit || json[stop] !== CLOSE || json[stop + 1] !== LINE_FEED) return LEFT
    this.end = stop + 1
    return this.#transcoder.written
  }

  /** Returns the offset after the expected key at `at` and an optional space; LEFT for other bytes. */
  #behind(key: JsonKeyNode, at: number): number {
    if (!key.isAt(this.#view, this.#json.length, at)) return LEFT
    const end = at + key.jsonBytes
    return this.#json[end] === SPACE ? end + 1 : end
  }

  #endOfTag(start: number): number {
    const json = this.#json
    const limit = this.#limit
    let at = start
    while (at + 4 <= limit && isPlainWord(this.#view.getInt32(at, true))) at += 4
    while (at < limit && isPlain(json[at])) at++
    return at
  }
}

/** Returns whether all four characters are ASCII, represent themselves in JSON and are allowed in a tag. */
function isPlainWord(word: number): boolean {
  return (specialBits(word) | zeroBits(word ^ 0x7f7f7f7f)) === 0
}

/** Returns whether the character represents itself in JSON and is allowed in a tag. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code !== QUOTE && code !== BACKSLASH && code !== DELETE
}

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const CLOSE = 0x7d
const DELETE = 0x7f
const LINE_FEED = 0x0a
const nothing = new Uint8Array(0)
/** The first bytes of a line, and those between tag and data. */
const TAG = new JsonKeyNode(Buffer.from('{"tag":'), nothing)
const DATA = new JsonKeyNode(Buffer.from('"data":'), nothing)
