import { attributesLength, attributesStart } from '../event/frame.js'
import { find, type PathStep } from '../event/msgpack/find.js'

/** Position of the attribute in the frame, -1 where it carries none. */
export function findAttribute(bytes: Uint8Array, at: number, path: readonly PathStep[]): number {
  const length = attributesLength(bytes, at)
  if (length === 0) return -1
  const start = attributesStart(bytes, at)
  return find(bytes, start, start + length, path)
}
