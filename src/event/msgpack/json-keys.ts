import { wordsOf } from './words.js'

/**
 * Lines of one kind have the same keys in the same order. In a tree of known keys, with one level for each position in a
 * map, one comparison finds the next key in the JSON, and shows that it is no repeated one: the keys on the way to it
 * are different.
 */
export class JsonKeyNode {
  /** Bytes of the key in JSON, with its quotes and colon, and of its msgpack. */
  readonly jsonBytes: number
  readonly packedBytes: number
  /** Both in little-endian words of four bytes, the last one padded with zeros. */
  readonly json: readonly number[]
  readonly packed: readonly number[]
  /** The significant bits of the last word of the JSON. */
  readonly mask: number
  /** The first of the keys that followed this one. */
  next: JsonKeyNode | undefined = undefined
  /** Another key at the same place. */
  sibling: JsonKeyNode | undefined = undefined

  constructor(json: Uint8Array, packed: Uint8Array) {
    this.jsonBytes = json.length
    this.packedBytes = packed.length
    this.json = wordsOf(json)
    this.packed = wordsOf(packed)
    this.mask = (-1 >>> (24 - 8 * ((json.length + 3) % 4))) | 0
  }

  /** Returns whether the JSON, of which the view has `bytes` bytes, has this key at the offset. */
  isAt(view: DataView, bytes: number, at: number): boolean {
    const { json } = this
    const last = json.length - 1
    if (at + 4 * last + 4 > bytes) return false
    for (let index = 0; index < last; index++)
      if (view.getInt32(at + 4 * index, true) !== json[index]) return false
    return (view.getInt32(at + 4 * last, true) & this.mask) === json[last]
  }

  /** Writes the msgpack, and up to three bytes after it. */
  copyTo(view: DataView, at: number): void {
    const { packed } = this
    for (let index = 0; index < packed.length; index++) view.setInt32(at + 4 * index, packed[index], true)
  }
}

/** Stands before the first keys of all maps. */
export const noKey = new JsonKeyNode(new Uint8Array(0), new Uint8Array(0))
/** Longer texts are not learned, bytes. */
export const MAX_LEARNED_KEY = 31
/** Largest number of keys at one place. More are data, not structure. */
const MAX_SIBLINGS = 8
/** After this many keys all are forgotten, so that maps whose keys are data do not block the tree permanently. */
const MAX_LEARNED = 4096
let learned = 0

/** Lets later maps be predicted in which this key follows `before`. Returns undefined if it is not to be learned. */
export function learnKey(before: JsonKeyNode, json: Uint8Array, packed: Uint8Array): JsonKeyNode | undefined {
  let last = before.next
  for (let count = 1; last?.sibling !== undefined; last = last.sibling)
    if (++count === MAX_SIBLINGS) return undefined
  if (++learned > MAX_LEARNED) {
    learned = 0
    noKey.next = undefined
    return undefined
  }
  const node = new JsonKeyNode(json, packed)
  if (last === undefined) before.next = node
  else last.sibling = node
  return node
}
