import type { Attributes } from '../../../../event/attributes.js'
import { attributesLength, attributesStart, tagLength, tagStart } from '../../../../event/frame.js'
import { decode } from '../../../../event/msgpack/decoder.js'
import type { TypeOfBytes } from '../../../../filter/matcher.js'

/** Returns the type of the event in a frame: that which it says itself, or that of its tag. */
export type TypeOfFrame = (bytes: Uint8Array, at: number) => string

export function typeOfFrame(typeOfBytes: TypeOfBytes): TypeOfFrame {
  return (bytes, at) => {
    if (attributesLength(bytes, at) > 0) {
      const start = attributesStart(bytes, at)
      const { type } = decode(bytes, start, start + attributesLength(bytes, at)) as Attributes
      if (typeof type === 'string') return type
    }
    const start = tagStart(bytes, at)
    return typeOfBytes(bytes, start, start + tagLength(bytes, at))
  }
}
