import { bodyStart, frameBytes } from '../event/frame.js'
import { compilePath, find, findKeys, type PathStep } from '../event/msgpack/find.js'
import { findInSteps } from '../event/msgpack/find-in-steps.js'
import type { Matcher } from './matcher.js'

/** In a frame of more bytes, looking for a hundred fields takes some milliseconds, and in the longest one a second. */
const LONG_FRAME = 64 * 1024

/** Returns whether the frame is so long that the fields of its body should be looked for in steps. */
export function isLongFrame(bytes: Uint8Array, at: number): boolean {
  return frameBytes(bytes, at) > LONG_FRAME
}

/** Returns whether a test of the frame may take long, because the matcher looks for fields in a long body. */
export function searchesLong(matcher: Pick<Matcher, 'searchesBody'>, bytes: Uint8Array, at: number): boolean {
  return matcher.searchesBody && isLongFrame(bytes, at)
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

/** Keys of a body, together and each as a path of its own. */
export interface BodyKeys {
  readonly steps: readonly PathStep[]
  readonly paths: readonly (readonly PathStep[])[]
}

/** Compiles keys for `findKeysInBody`. */
export function compileKeys(names: readonly string[]): BodyKeys {
  const steps = compilePath(names)
  return { steps, paths: steps.map((step) => [step]) }
}

/** Writes the offsets of the keys to `found`, -1 for those that the body does not have. */
export function findKeysInBody(
  bytes: Uint8Array,
  at: number,
  { steps, paths }: BodyKeys,
  found: Int32Array,
): void {
  if (present?.isOf(bytes, at) === true)
    for (let nth = 0; nth < paths.length; nth++) found[nth] = findInBody(bytes, at, paths[nth])
  else findKeys(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at), steps, found)
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
