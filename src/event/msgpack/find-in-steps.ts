import { isArray, isKey, isMap, type PathStep } from './find.js'
import { afterHead, readLength, WIDTHS } from './walk.js'

/** Values that are passed over in one step, which takes about a tenth of a millisecond. */
const VALUES_A_STEP = 16 * 1024

/** The offset that `find` returns, found in steps: a body may have millions of values before it. */
export function findInSteps(
  bytes: Uint8Array,
  start: number,
  path: readonly PathStep[],
): Generator<void, number> {
  return new FieldSearch(bytes).find(start, path)
}

class FieldSearch {
  readonly #bytes: Uint8Array
  /** Values up to the end of the step. */
  #left = VALUES_A_STEP

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  *find(start: number, path: readonly PathStep[]): Generator<void, number> {
    let at = start
    for (const step of path) {
      const lead = this.#bytes[at]
      if (isMap(lead)) at = yield* this.#key(at, step)
      else if (isArray(lead)) at = yield* this.#element(at, step.index)
      else return -1
      if (at < 0) return -1
    }
    return at
  }

  *#key(map: number, { key }: PathStep): Generator<void, number> {
    let found = -1
    let at = afterHead(this.#bytes, map)
    for (let left = countOf(this.#bytes, map); left > 0; left--) {
      const value = this.#scalarEnd(at) ?? (yield* this.#skip(at))
      if (isKey(this.#bytes, at, value, key)) found = value
      if (left > 1) at = this.#scalarEnd(value) ?? (yield* this.#skip(value))
    }
    return found
  }

  *#element(list: number, index: number): Generator<void, number> {
    if (index < 0 || index >= countOf(this.#bytes, list)) return -1
    let at = afterHead(this.#bytes, list)
    for (let left = index; left > 0; left--) at = this.#scalarEnd(at) ?? (yield* this.#skip(at))
    return at
  }

  /** The offset after the value; undefined if it is a container, or if the step is over. */
  #scalarEnd(at: number): number | undefined {
    const lead = this.#bytes[at]
    return --this.#left <= 0 || isMap(lead) || isArray(lead) ? undefined : afterHead(this.#bytes, at)
  }

  /** The offset after the value, which may be a container of many others. */
  *#skip(start: number): Generator<void, number> {
    let at = start
    for (let values = 1; values > 0; values--) {
      if (--this.#left <= 0) {
        this.#left = VALUES_A_STEP
        yield
      }
      const lead = this.#bytes[at]
      if (isMap(lead)) values += 2 * countOf(this.#bytes, at)
      else if (isArray(lead)) values += countOf(this.#bytes, at)
      at = afterHead(this.#bytes, at)
    }
    return at
  }
}

/** The number of elements of a list, or of entries of a map. */
function countOf(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]
  const wide = lead < 0xc0 ? 0 : WIDTHS[lead - 0xc0]
  return wide === 0 ? lead & 0x0f : readLength(bytes, at + 1, wide)
}
