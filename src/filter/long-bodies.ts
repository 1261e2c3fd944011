import { bodyStart, frameBytes } from '../event/frame.js'
import { find, type PathStep } from '../event/msgpack/find.js'
import { findInSteps } from '../event/msgpack/find-in-steps.js'
import { fieldCost } from './cost.js'
import type { Matcher } from './matcher.js'

/** In a frame of more bytes, looking for a hundred fields takes some milliseconds, and in the longest one a second. */
const LONG_FRAME = 64 * 1024

/** Where the fields of a long body are, as far as they have been looked for, while a filter is tried on it. */
interface Known {
  readonly bytes: Uint8Array
  readonly at: number
  readonly places: Map<readonly PathStep[], number>
}

let known: Known | undefined

/** Thrown, and caught in this file, when a filter needs to know where another field is. */
class Unknown {
  readonly path: readonly PathStep[]

  constructor(path: readonly PathStep[]) {
    this.path = path
  }
}

/** Offset of a field of the body of the frame at `at`, -1 if it has none. */
export function findInBody(bytes: Uint8Array, at: number, path: readonly PathStep[]): number {
  if (known === undefined || known.bytes !== bytes || known.at !== at)
    return find(bytes, bodyStart(bytes, at), at + frameBytes(bytes, at), path)
  const place = known.places.get(path)
  if (place === undefined) throw new Unknown(path)
  return place
}

/** Returns whether a test of the frame may take long, because the filter looks for fields in a long body. */
export function maySearchLong({ cost }: Pick<Matcher, 'cost'>, bytes: Uint8Array, at: number): boolean {
  return cost >= fieldCost.data && frameBytes(bytes, at) > LONG_FRAME
}

/** Returns whether the frame matches. Each field of the body that decides it is looked for in steps. */
export function* matchInSteps(matcher: Matcher, bytes: Uint8Array, at: number): Generator<void, boolean> {
  const places = new Map<readonly PathStep[], number>()
  for (;;) {
    const answer = attempt(matcher, { bytes, at, places })
    if (typeof answer === 'boolean') return answer
    places.set(answer.path, yield* findInSteps(bytes, bodyStart(bytes, at), answer.path))
  }
}

function attempt(matcher: Matcher, places: Known): boolean | Unknown {
  known = places
  try {
    return matcher.matches(places.bytes, places.at)
  } catch (thrown) {
    if (thrown instanceof Unknown) return thrown
    throw thrown
  } finally {
    known = undefined
  }
}
