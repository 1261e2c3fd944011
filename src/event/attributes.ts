import { TocsinError } from './errors.js'
import { MAX_ATTRIBUTES_BYTES } from './frame.js'
import { encode } from './msgpack/encoder.js'

/** CloudEvents context attributes that the frame has no field for. Numbers are integers. */
export type Attributes = Record<string, string | number | bigint | boolean>

/** As the frame carries them; nothing for none. Throws TCN_ATTRIBUTES_INVALID or TCN_ATTRIBUTES_TOO_LARGE. */
export function encodeAttributes(attributes: Attributes | undefined): Uint8Array {
  if (attributes === undefined) return nothing
  const names = Object.keys(attributes).filter((name) => attributes[name] !== undefined)
  if (names.length === 0) return nothing
  for (const name of names) {
    if (isAttributeValue(attributes[name])) continue
    throw new TocsinError(
      'TCN_ATTRIBUTES_INVALID',
      `the attribute ${name} is not text, an integer or a boolean`,
      {
        details: { attribute: name },
      },
    )
  }
  const bytes = encode(attributes)
  if (bytes.length > MAX_ATTRIBUTES_BYTES) {
    throw new TocsinError('TCN_ATTRIBUTES_TOO_LARGE', undefined, { details: { bytes: bytes.length } })
  }
  return bytes
}

function isAttributeValue(value: unknown): boolean {
  return ['string', 'boolean', 'bigint'].includes(typeof value) || Number.isSafeInteger(value)
}

const nothing = new Uint8Array(0)
