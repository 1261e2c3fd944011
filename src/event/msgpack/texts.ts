import { kindAt, textLength, textStart } from './find.js'
import { readLength, walkValue } from './walk.js'

/** Looks at the text in a range of bytes. Returns true to end the search. */
export type TextVisit = (bytes: Uint8Array, start: number, end: number) => boolean

/**
 * Returns whether the visitor ended the search through all texts of a body, however deep: elements of lists and values
 * of maps, but no keys. The body must have passed the walk, which bounds its depth.
 */
export function someText(bytes: Uint8Array, at: number, end: number, visit: TextVisit): boolean {
  const search = new TextSearch(bytes, end, visit)
  search.value(at)
  return search.isOver
}

class TextSearch {
  isOver = false
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #visit: TextVisit

  constructor(bytes: Uint8Array, end: number, visit: TextVisit) {
    this.#bytes = bytes
    this.#end = end
    this.#visit = visit
  }

  /** Returns the offset after the value; any offset once the search is over. */
  value(at: number): number {
    const bytes = this.#bytes
    const length = textLength(bytes, at)
    if (length >= 0) {
      const start = textStart(bytes, at)
      this.isOver = this.#visit(bytes, start, start + length)
      return start + length
    }
    switch (kindAt(bytes, at)) {
      case 'map':
        return this.#elements(at, 0xde, true)
      case 'array':
        return this.#elements(at, 0xdc, false)
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
      next = this.value(hasKeys ? walkValue(bytes, next, this.#end) : next)
    return next
  }
}
