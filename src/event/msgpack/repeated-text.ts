import { wordsOf } from './words.js'

/**
 * Many keys have the same text in most events (the function, the user, "ok"). This class remembers the text
 * of one key as msgpack, so that it is copied instead of encoded.
 */
export class RepeatedText {
  text: string | undefined
  /** The text as msgpack, in words of four bytes. */
  words: readonly number[] = []
  bytes = 0
  #candidate: string | undefined
  #patience = PATIENCE

  /** False after so many different texts in a row that comparing is no longer worth it. */
  get hopeful(): boolean {
    return this.#patience > 0
  }

  is(text: string): boolean {
    if (text !== this.text) return false
    this.#patience = PATIENCE
    return true
  }

  /**
   * Reports a text that is not the remembered one, and its encoding. A text is remembered when it occurs
   * twice in a row.
   */
  sees(text: string, encoded: Uint8Array, start: number, end: number): void {
    this.#patience--
    if (end - start > MAX_TEXT_BYTES) return
    if (text === this.#candidate) {
      this.text = text
      this.words = wordsOf(encoded.subarray(start, end))
      this.bytes = end - start
    }
    this.#candidate = text
  }
}

const PATIENCE = 64
const MAX_TEXT_BYTES = 96
