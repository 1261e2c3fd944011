import { KeyedHash } from './keyed-hash.js'

/** Maps with more keys than this are looked up by hash; in others, comparing with each key is faster. */
const MAX_COMPARED = 16
/** Bytes of a key that are hashed at once. */
export const HASHED_BYTES = 64 * 1024
/** A part is full when this number of its slots is taken. */
const LOAD = 0.75
/** Bytes that a member of a map with different keys usually takes. */
const BYTES_A_MEMBER = 16

/** Share of the members that the text may have for which the first part has slots; a part has at least so many. */
const FIRST_SHARE = 1 / 8
const MIN_SLOTS = 2048

/**
 * A part of the table. The slots are pairs: the offset of a key, and the number of its map, 0 in a free slot, with as many
 * bits of the hash as there is room for: most keys that differ are told apart without looking at them.
 */
interface Part {
  readonly slots: Int32Array
  readonly mask: number
  room: number
}

/**
 * Finds repeated keys of the maps of one text, which are open inside each other. Keys are the offsets of msgpack texts
 * in memory of the caller. When the table is full, a part of twice the size is added: to move the keys would take long at
 * once, and so would the first use of all memory that a table for so long a text can need. There are hardly ever more than
 * four parts.
 */
export class KeyTable {
  readonly #hash: KeyedHash
  /** Keys of the open maps, at most MAX_COMPARED of each. */
  readonly #compared: number[] = []
  /** The hashes of long keys, by offset; all but the last are of keys that were compared. */
  readonly #longHashes = new Map<number, { hash: number; at: number }>()
  /** The largest first. */
  readonly #parts: Part[] = []
  readonly #firstSlots: number
  /** The bits of a slot that the number of a map does not need. */
  readonly #hashBits: number

  /** `textBytes`: length of the whole text. `secret`: eight random bytes. */
  constructor(textBytes: number, secret: Uint8Array) {
    this.#hash = new KeyedHash(secret)
    const slots = (textBytes / BYTES_A_MEMBER / LOAD) * FIRST_SHARE
    this.#firstSlots = 2 ** Math.ceil(Math.log2(Math.max(slots, MIN_SLOTS)))
    this.#hashBits = -(2 ** Math.ceil(Math.log2(textBytes)))
  }

  /** Size of all parts, bytes. */
  get bytes(): number {
    return this.#parts.reduce((sum, { slots }) => sum + slots.byteLength, 0)
  }

  /** Hashes a further part of a key that is longer than HASHED_BYTES. Returns whether it can be added. */
  prepare(map: number, bytes: DataView, start: number, end: number): boolean {
    const { hash, at } = this.#longHashes.get(start) ?? { hash: map, at: start }
    const stop = Math.min(end, at + HASHED_BYTES)
    this.#longHashes.set(start, { hash: this.#hash.of(hash, bytes, at, stop), at: stop })
    return stop === end
  }

  /**
   * Adds the key at `start` to the innermost map, which has the number `map`, not 0, and had `count` keys before.
   * Returns false if the map has the key already.
   */
  add(map: number, count: number, bytes: DataView, start: number, end: number): boolean {
    if (count >= MAX_COMPARED) return this.#insert(map, bytes, start, end)
    const compared = this.#compared
    for (let index = compared.length - count; index < compared.length; index++)
      if (isSame(bytes, compared[index], start, end)) return false
    compared.push(start)
    if (count === MAX_COMPARED - 1)
      for (const key of compared.slice(-MAX_COMPARED)) this.#insert(map, bytes, key, endOfText(bytes, key))
    return true
  }

  /** Forgets the keys of the innermost map, which has `count` keys. */
  close(count: number): void {
    const left = this.#compared.length - Math.min(count, MAX_COMPARED)
    if (this.#longHashes.size > 0)
      for (const start of this.#compared.slice(left)) this.#longHashes.delete(start)
    this.#compared.length = left
  }

  #insert(map: number, bytes: DataView, start: number, end: number): boolean {
    if (this.#parts.length === 0 || this.#parts[0].room === 0) this.#grow()
    const hash = end - start > HASHED_BYTES ? this.#takeHash(start) : this.#hash.of(map, bytes, start, end)
    const mark = (hash & this.#hashBits) | map
    for (let index = this.#parts.length - 1; index > 0; index--)
      if (slotOf(this.#parts[index], hash, mark, bytes, start, end) < 0) return false
    const [newest] = this.#parts
    const slot = slotOf(newest, hash, mark, bytes, start, end)
    if (slot < 0) return false
    newest.slots[slot] = start
    newest.slots[slot + 1] = mark
    newest.room--
    return true
  }

  #takeHash(start: number): number {
    const { hash } = this.#longHashes.get(start)!
    this.#longHashes.delete(start)
    return hash
  }

  #grow(): void {
    const count = this.#parts.length === 0 ? this.#firstSlots : (this.#parts[0].mask + 1) * 2
    this.#parts.unshift({ slots: new Int32Array(count * 2), mask: count - 1, room: count * LOAD })
  }
}

/** Returns the free slot for the key, or -1 if the part has the key. */
function slotOf(
  { slots, mask }: Part,
  hash: number,
  mark: number,
  bytes: DataView,
  start: number,
  end: number,
): number {
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const at = slot * 2
    if (slots[at + 1] === 0) return at
    if (slots[at + 1] === mark && isSame(bytes, slots[at], start, end)) return -1
  }
}

/** The header of a text contains its length, so the texts differ before the shorter one ends. */
function isSame(bytes: DataView, first: number, second: number, end: number): boolean {
  for (; second + 4 <= end; first += 4, second += 4)
    if (bytes.getInt32(first) !== bytes.getInt32(second)) return false
  for (; second < end; first++, second++) if (bytes.getUint8(first) !== bytes.getUint8(second)) return false
  return true
}

function endOfText(bytes: DataView, at: number): number {
  const lead = bytes.getUint8(at)
  if (lead < 0xd9) return at + 1 + (lead & 0x1f)
  if (lead === 0xd9) return at + 2 + bytes.getUint8(at + 1)
  return lead === 0xda ? at + 3 + bytes.getUint16(at + 1) : at + 5 + bytes.getUint32(at + 1)
}
