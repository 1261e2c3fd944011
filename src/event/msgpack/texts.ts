import { kindAt, textLength, textStart } from './find.js'
import { readLength, walkValue } from './walk.js'

/** Looks at the text in a range of bytes. Returns true to end the search. */
export type TextVisit = (bytes: Uint8Array, start: number, end: number) => boolean

/** Looks at values that are no lists or maps. Each function returns true to end the search. */
export interface LeafVisitor {
  /** `keyAt`: the offset of the key of the text; -1 if it has none. */
  text(bytes: Uint8Array, start: number, end: number, keyAt: number): boolean
  number?(bytes: Uint8Array, at: number): boolean
}

/** Returns whether the visitor ended the search through all texts of a body, as `someLeaf` finds them. */
export function someText(bytes: Uint8Array, at: number, end: number, visit: TextVisit): boolean {
  return someLeaf(bytes, at, end, { text: visit })
}

/**
 * Returns whether the visitor ended the search through all texts and numbers of a body, however deep: elements of lists
 * and values of maps, but no keys. The body must have passed the walk, which bounds its depth.
 */
export function someLeaf(bytes: Uint8Array, at: number, end: number, visitor: LeafVisitor): boolean {
  const search = new LeafSearch(bytes, end, visitor)
  search.value(at, NO_KEY)
  return search.isOver
}

const NO_KEY = -1

class LeafSearch {
  isOver = false
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #visitor: LeafVisitor

  constructor(bytes: Uint8Array, end: number, visitor: LeafVisitor) {
    this.#bytes = bytes
    this.#end = end
    this.#visitor = visitor
  }

  /** Returns the offset after the value; any offset once the search is over. */
  value(at: number, keyAt: number): number {
    const bytes = this.#bytes
    const length = textLength(bytes, at)
    if (length >= 0) {
      const start = textStart(bytes, at)
      this.isOver = this.#visitor.text(bytes, start, start + length, keyAt)
      return start + length
    }
    switch (kindAt(bytes, at)) {
      case 'map':
        return this.#elements(at, 0xde, true)
      case 'array':
        return this.#elements(at, 0xdc, false)
      case 'integer':
      case 'float':
        this.isOver = this.#visitor.number?.(bytes, at) ?? false
        return walkValue(bytes, at, this.#end)
      default:
        return walkValue(bytes, at, this.#end)
    }
  }

  /** `wide`: the lead byte with a length of two bytes; that of four follows it. */
  #elements(at: number, wide: number, hasKeys: boolean): number {
    const bytes = this.#bytes
    const lead = bytes[at]
    const width = lead === wide ? 2 : lead === wide + 1 ? 4 : 0
    const count = width === 0 ? lead & 0x0f : readLength(bytes, at + 1, width)
    let next = at + 1 + width
    for (let element = 0; element < count && !this.isOver; element++)
      next = hasKeys ? this.value(walkValue(bytes, next, this.#end), next) : this.value(next, NO_KEY)
    return next
  }
}
