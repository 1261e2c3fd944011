import { createHash } from 'node:crypto'
import { canonicalPieces } from '../protocols/netconf/codec/configuration.js'
import type { XmlElement } from '../protocols/netconf/codec/xml.js'

const PIECES_IN_A_STEP = 500

/** Makes a digest in steps that is the same for the same elements, however they are written. */
export function* digestOf(elements: readonly XmlElement[]): Generator<undefined, string> {
  const hash = createHash('sha256')
  let pieces = 0
  for (const element of elements)
    for (const piece of canonicalPieces(element)) {
      hash.update(piece)
      if (++pieces % PIECES_IN_A_STEP === 0) yield undefined
    }
  return hash.digest('base64url')
}
