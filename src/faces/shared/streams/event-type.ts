import { tagLength, tagStart } from '../../../event/frame.js'
import { compilePath, textLength, textStart } from '../../../event/msgpack/find.js'
import { decodeUtf8 } from '../../../event/utf8.js'
import { findAttribute } from '../../../filter/field.js'
import type { TypeOfBytes } from '../../../filter/matcher.js'

/** Returns the type of the event in a frame: that which it says itself, or that of its tag. */
export type TypeOfFrame = (bytes: Uint8Array, at: number) => string

const TYPE = compilePath(['type'])

export function typeOfFrame(typeOfBytes: TypeOfBytes): TypeOfFrame {
  return (bytes, at) => {
    const own = findAttribute(bytes, at, TYPE)
    const length = own < 0 ? -1 : textLength(bytes, own)
    if (length >= 0) {
      const start = textStart(bytes, own)
      return decodeUtf8(bytes, start, start + length)
    }
    const start = tagStart(bytes, at)
    return typeOfBytes(bytes, start, start + tagLength(bytes, at))
  }
}
