import type { IncomingHttpHeaders } from 'node:http'
import { TocsinError } from '../../errors/tocsin-error.js'

const PREFIX = 'ce-'
/** The body and its media type are not in headers with the prefix. */
const RESERVED = new Set(['data', 'data_base64', 'datacontenttype'])

/**
 * The attributes of a CloudEvent in binary mode, which are in headers `ce-…` (CloudEvents HTTP binding §3.1). They are not
 * checked here. Throws TCN_HTTP_HEADER.
 */
export function cloudEventHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(PREFIX) || value === undefined) continue
    const attribute = name.slice(PREFIX.length)
    if (RESERVED.has(attribute)) throw invalid(name, 'this attribute is not said by a header')
    attributes[attribute] = decodeHeader(name, String(value))
  }
  return attributes
}

/** Decodes a header value: Node decodes it as Latin-1, and non-ASCII characters are percent-encoded UTF-8. */
function decodeHeader(name: string, value: string): string {
  const plain = value.startsWith('"') && value.endsWith('"') && value.length > 1 ? unquote(value) : value
  const bytes = Buffer.from(
    plain.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalid(name, 'it is not valid UTF-8')
  }
}

function unquote(value: string): string {
  return value.slice(1, -1).replace(/\\(.)/g, '$1')
}

function invalid(header: string, reason: string): TocsinError {
  return new TocsinError('TCN_HTTP_HEADER', `${header.slice(0, 80)}: ${reason}`, {
    details: { header: header.slice(0, 80) },
  })
}
