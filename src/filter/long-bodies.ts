import { bodyStart, frameBytes } from '../event/frame.js'
import { find, type PathStep } from '../event/msgpack/find.js'
import { findInSteps } from '../event/msgpack/find-in-steps.js'
import { fieldCost } from './cost.js'
import type { Matcher } from './matcher.js'

/** In a frame of more bytes, looking for a hundred fields takes some milliseconds, and in the longest one a second. */
const LONG_FRAME = 64 * 1024

/** Returns whether the frame is so long that the fields of its body should be looked for in steps. */
export function isLongFrame(bytes: Uint8Array, at: number): boolean {
  return frameBytes(bytes, at) > LONG_FRAME
}

/** Returns whether a test of the frame may take long, because the filter looks for fields in a long body. */
export function maySearchLong({ cost }: Pick<Matcher, 'cost'>, bytes: Uint8Array, at: number): boolean {
  return cost >= fieldCost.data && isLongFrame(bytes, at)
}

/** Returns whether the frame matches. Each field of the body that decides it is looked for in steps. */
export function* matchInSteps(matcher: Matcher, bytes: Uint8Array, at: number): Generator<void, boolean> {
  const body = new LongBody(bytes, at)
  let answer = false
  const test = () => {
    answer = matcher.matches(bytes, at)
  }
  while (!body.look(test)) yield
  return answer
}

/** The long body that is read now. */
let present: LongBody | undefined

/** Offset of a field of the body of the frame at `at`, -1 if it has none. */
export function findInBody(bytes: Uint8Array, at: number, path: readonly PathStep[]): number {
  const place = present?.isOf(bytes, at) === true ? present.placeOf(path) : undefined
  return place ?? find(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at), path)
}

/** Thrown, and caught in this file, when a reader needs to know where another field is. */
class Unknown {
  readonly path: readonly PathStep[]

  constructor(path: readonly PathStep[]) {
    this.path = path
  }
}

/** A long body, in which each field is looked for once, and in steps. */
export class LongBody {
  readonly #bytes: Uint8Array
  readonly #at: number
  /** Paths are the same if they are the same object. */
  readonly #places = new Map<readonly PathStep[], number>()
  #search: { readonly path: readonly PathStep[]; readonly steps: Generator<void, number> } | undefined
  #mayThrow = false

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  isOf(bytes: Uint8Array, at: number): boolean {
    return bytes === this.#bytes && at === this.#at
  }

  /** Offset of a field, -1 if there is none; undefined if it was not looked for. */
  placeOf(path: readonly PathStep[]): number | undefined {
    const place = this.#places.get(path)
    if (place === undefined && this.#mayThrow) throw new Unknown(path)
    return place
  }

  /**
   * Looks for the fields that `read` needs, for one step. Returns true when all are known: then `read` has been called to
   * its end. It is called again for each field, and must change nothing.
   */
  look(read: () => void): boolean {
    if (this.#search === undefined) {
      const path = this.#missing(read)
      if (path === undefined) return true
      this.#search = { path, steps: findInSteps(this.#bytes, bodyStart(this.#bytes, this.#at), path) }
    }
    const { path, steps } = this.#search
    const { done, value } = steps.next()
    if (done === true) {
      this.#places.set(path, value)
      this.#search = undefined
    }
    return false
  }

  /** Calls the function, which finds at once what is known. */
  read(use: () => void): void {
    present = this
    try {
      use()
    } finally {
      present = undefined
    }
  }

  #missing(read: () => void): readonly PathStep[] | undefined {
    this.#mayThrow = true
    try {
      this.read(read)
      return undefined
    } catch (thrown) {
      if (thrown instanceof Unknown) return thrown.path
      throw thrown
    } finally {
      this.#mayThrow = false
    }
  }
}
