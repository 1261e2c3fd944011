import { type Node, type Page, PageFault } from './lmdb-format.js'

/** Checks that the keys of a tree rise. */
export class KeyOrder {
  /** The page of the last key, and where it is there. */
  #bytes: Buffer | undefined
  #start = 0
  #end = 0

  add({ key, at }: Node, { bytes }: Page): void {
    if (this.#bytes !== undefined && this.#bytes.compare(bytes, key, at, this.#start, this.#end) >= 0)
      throw new PageFault('the keys of a tree are not in order')
    this.#bytes = bytes
    this.#start = key
    this.#end = at
  }

  /** Before its page is overwritten. */
  keepLast(): void {
    if (this.#bytes === undefined) return
    this.#bytes = Buffer.from(this.#bytes.subarray(this.#start, this.#end))
    this.#start = 0
    this.#end = this.#bytes.length
  }
}
