import { TocsinError } from '../errors/tocsin-error.js'
import { MAX_ATTRIBUTES_BYTES } from './frame.js'
import { encode } from './msgpack/encoder.js'

/** CloudEvents context attributes that the frame has no field for. Numbers are integers. */
export type Attributes = Record<string, string | number | bigint | boolean>

/** The form of attribute names in CloudEvents: lower-case letters and digits. */
export const ATTRIBUTE_NAME = /^[a-z0-9]{1,64}$/

/** Names that the frame or the hub provides, so that no attribute may have them. */
export const OWN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'specversion',
  'source',
  'subject',
  'kind',
  'cursor',
  'logtime',
  'redelivered',
  'data',
])

/**
 * Encodes attributes for a frame; the result is empty if there are none. Throws TCN_ATTRIBUTES_INVALID or
 * TCN_ATTRIBUTES_TOO_LARGE.
 *
 * @example
 * const attributes = encodeAttributes({ severity: 'err' })
 * new Event(encodeFrame({ tag: 'host/web1/disk', attributes, body: encode(0.97) })).attributes // { severity: 'err' }
 */
export function encodeAttributes(attributes: Attributes | undefined): Uint8Array {
  if (attributes === undefined) return nothing
  const names = Object.keys(attributes).filter((name) => attributes[name] !== undefined)
  if (names.length === 0) return nothing
  for (const name of names) {
    const fault = faultOf(name, attributes[name])
    if (fault === undefined) continue
    throw new TocsinError('TCN_ATTRIBUTES_INVALID', fault, { details: { attribute: name.slice(0, 80) } })
  }
  const bytes = encode(attributes)
  if (bytes.length > MAX_ATTRIBUTES_BYTES) {
    throw new TocsinError('TCN_ATTRIBUTES_TOO_LARGE', undefined, { details: { bytes: bytes.length } })
  }
  return bytes
}

function faultOf(name: string, value: unknown): string | undefined {
  if (!ATTRIBUTE_NAME.test(name))
    return `${JSON.stringify(name.slice(0, 80))} is no name of an attribute: lower-case letters and digits`
  if (OWN_ATTRIBUTES.has(name)) return `${name} is said by the event itself, not by an attribute`
  return isAttributeValue(value) ? undefined : `the attribute ${name} is not text, an integer or a boolean`
}

function isAttributeValue(value: unknown): boolean {
  return ['string', 'boolean', 'bigint'].includes(typeof value) || Number.isSafeInteger(value)
}

const nothing = new Uint8Array(0)
