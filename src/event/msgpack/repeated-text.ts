import { wordsOf } from './words.js'

/**
 * Under many keys stands the same text in most events (the function, the user, "ok"). This remembers the one
 * under one key as msgpack, so that it is copied instead of encoded.
 */
export class RepeatedText {
  text: string | undefined
  /** The text as msgpack, four bytes at a time. */
  words: readonly number[] = []
  bytes = 0
  #candidate: string | undefined
  #patience = PATIENCE

  /** False once so many texts in a row differed that it is not worth to compare any more. */
  get hopeful(): boolean {
    return this.#patience > 0
  }

  is(text: string): boolean {
    if (text !== this.text) return false
    this.#patience = PATIENCE
    return true
  }

  /** A text that is not the one remembered, and how it was encoded. It is remembered when it comes twice in a row. */
  sees(text: string, encoded: Uint8Array, start: number, end: number): void {
    this.#patience--
    if (end - start > LONGEST) return
    if (text === this.#candidate) {
      this.text = text
      this.words = wordsOf(encoded.subarray(start, end))
      this.bytes = end - start
    }
    this.#candidate = text
  }
}

const PATIENCE = 64
const LONGEST = 96
