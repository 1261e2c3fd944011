import { RepeatedText } from './repeated-text.js'
import { wordsOf } from './words.js'

/**
 * Maps of one kind have the same keys in the same order. A tree of known keys, with one level for each
 * position, lets the encoder and decoder predict the next key, so that one comparison replaces decoding its
 * text.
 */
export class KeyNode {
  readonly key: string
  /** The key as msgpack text, header included. */
  readonly raw: Uint8Array
  /** `raw` in little-endian words of four bytes, the last one padded with zeros. */
  readonly words: readonly number[]
  /** The significant bits of the last word. */
  readonly mask: number
  readonly before: KeyNode | undefined
  /** The first of the keys that followed this one. */
  next: KeyNode | undefined = undefined
  /** Another key at the same place. */
  sibling: KeyNode | undefined = undefined
  /** For the encoder: the text that often is the value of this key. */
  readonly repeated = new RepeatedText()
  /** For the decoder: makes an object whose last key is this one. */
  build: BuildMap | undefined = undefined

  constructor(key: string, raw: Uint8Array, before: KeyNode | undefined) {
    this.key = key
    this.raw = raw
    this.words = wordsOf(raw)
    this.mask = (-1 >>> (24 - 8 * ((raw.length + 3) % 4))) | 0
    this.before = before
  }
}

/** Makes an object from the values in `values`, beginning at `from`. */
export type BuildMap = (values: readonly unknown[], from: number) => Record<string, unknown>

/** Largest size of `raw`, in bytes; longer keys are not learned. */
const MAX_KEY_LENGTH = 64
/** Largest number of keys at one place. More are data, not structure. */
const MAX_SIBLINGS = 8

/** Adds a node next to `first` and returns it; undefined if the key is not to be learned. */
export function addSibling(
  first: KeyNode | undefined,
  key: string,
  before: KeyNode | undefined,
): KeyNode | undefined {
  if (key.length >= MAX_KEY_LENGTH) return undefined
  let last = first
  for (let count = 1; last !== undefined; count++) {
    if (count === MAX_SIBLINGS) return undefined
    if (last.sibling === undefined) break
    last = last.sibling
  }
  const raw = encodeKey(key)
  if (raw.length > MAX_KEY_LENGTH) return undefined
  const node = new KeyNode(key, raw, before)
  if (last !== undefined) last.sibling = node
  return node
}

function encodeKey(key: string): Uint8Array {
  const text = utf8.encode(key)
  const head = text.length < 32 ? [0xa0 | text.length] : [0xd9, text.length]
  return Uint8Array.of(...head, ...text)
}

const utf8 = new TextEncoder()
