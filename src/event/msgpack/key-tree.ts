import { RepeatedText } from './repeated-text.js'
import { wordsOf } from './words.js'

/**
 * Maps of one kind have the same keys in the same order. A tree of the keys seen, one level a position, lets
 * encoder and decoder guess the next key, and one comparison takes the place of making text.
 */
export class KeyNode {
  readonly key: string
  /** The key as msgpack text, header included. */
  readonly raw: Uint8Array
  /** `raw` in pieces of four bytes, little-endian, the last filled up with zeros. */
  readonly words: readonly number[]
  /** The bits of the last piece that count. */
  readonly mask: number
  readonly before: KeyNode | undefined
  /** First of the keys that came after this one. */
  next: KeyNode | undefined = undefined
  /** Another key seen at the same place. */
  sibling: KeyNode | undefined = undefined
  /** Encoder: the text that stands under this key. */
  readonly repeated = new RepeatedText()
  /** Decoder: makes a map whose last key this is. */
  build: BuildMap | undefined = undefined

  constructor(key: string, raw: Uint8Array, before: KeyNode | undefined) {
    this.key = key
    this.raw = raw
    this.words = wordsOf(raw)
    this.mask = (-1 >>> (24 - 8 * ((raw.length + 3) % 4))) | 0
    this.before = before
  }
}

/** Takes the values from `values`, beginning at `from`. */
export type BuildMap = (values: readonly unknown[], from: number) => Record<string, unknown>

/** Bytes of `raw`; longer keys are not learned. */
const LONGEST_KEY = 64
/** More keys at one place are data, not structure. */
const MOST_SIBLINGS = 8

/** The new node beside `first`; undefined where the key is not to be learned. */
export function addSibling(
  first: KeyNode | undefined,
  key: string,
  before: KeyNode | undefined,
): KeyNode | undefined {
  if (key.length >= LONGEST_KEY) return undefined
  const raw = encodeKey(key)
  if (raw.length > LONGEST_KEY) return undefined
  let last = first
  for (let count = 1; last?.sibling !== undefined; count++) {
    if (count === MOST_SIBLINGS) return undefined
    last = last.sibling
  }
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
