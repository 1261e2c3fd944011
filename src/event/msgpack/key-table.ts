import { KeyedHash } from './keyed-hash.js'

/** Maps with more keys than this are looked up by hash; in others, comparing with each key is faster. */
const MAX_COMPARED = 16

/**
 * Finds repeated keys of the maps of one text, which are open inside each other. Keys are the offsets of msgpack texts
 * in memory of the caller. The table has its final size from the start, since enlarging it would take long at once.
 */
export class KeyTable {
  readonly #hash: KeyedHash
  readonly #slotCount: number
  /** Keys of the open maps, at most MAX_COMPARED of each. */
  readonly #compared: number[] = []
  #slots: Int32Array | undefined
  /** The map of the key in the same slot. */
  #maps: Int32Array | undefined

  /** `maxKeys`: more than there can be in all maps together. `secret`: eight random bytes. */
  constructor(maxKeys: number, secret: Uint8Array) {
    this.#hash = new KeyedHash(secret)
    this.#slotCount = 2 ** Math.ceil(Math.log2(maxKeys * 1.25 + 64))
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
    this.#compared.length -= Math.min(count, MAX_COMPARED)
  }

  #insert(map: number, bytes: DataView, start: number, end: number): boolean {
    this.#slots ??= new Int32Array(this.#slotCount)
    this.#maps ??= new Int32Array(this.#slotCount)
    const slots = this.#slots
    const maps = this.#maps
    const mask = this.#slotCount - 1
    let slot = this.#hash.of(map, bytes, start, end) & mask
    for (; maps[slot] !== 0; slot = (slot + 1) & mask)
      if (maps[slot] === map && isSame(bytes, slots[slot], start, end)) return false
    slots[slot] = start
    maps[slot] = map
    return true
  }
}

/** The header of a text contains its length, so the texts differ before the shorter one ends. */
function isSame(bytes: DataView, first: number, second: number, end: number): boolean {
  for (; second < end; first++, second++) if (bytes.getUint8(first) !== bytes.getUint8(second)) return false
  return true
}

function endOfText(bytes: DataView, at: number): number {
  const lead = bytes.getUint8(at)
  if (lead < 0xd9) return at + 1 + (lead & 0x1f)
  if (lead === 0xd9) return at + 2 + bytes.getUint8(at + 1)
  return lead === 0xda ? at + 3 + bytes.getUint16(at + 1) : at + 5 + bytes.getUint32(at + 1)
}
