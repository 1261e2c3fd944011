import { type IncomingHttpHeaders, type IncomingMessage, STATUS_CODES } from 'node:http'
import { stringify } from 'yaml'
import { catalogue, type TocsinError } from '../../../errors/tocsin-error.js'
import { pythonJson } from '../../../protocols/salt/codec/python-json.js'
import { type ErrorAnswer, headersOf } from '../../web/error-answer.js'
import { negotiate } from '../../web/negotiate.js'

const JSON_TYPE = 'application/json'
const YAML_TYPE = 'application/x-yaml'

export interface Encoded {
  type: string
  body: Buffer
}

/** JSON or YAML, whichever the client accepts. Throws TCN_HTTP_NOT_ACCEPTABLE. */
export function encodeAnswer(request: IncomingMessage, value: unknown): Encoded {
  const type = negotiate(request, [JSON_TYPE, YAML_TYPE])
  const text = type === JSON_TYPE ? pythonJson(value) : yamlText(value)
  return { type, body: Buffer.from(text) }
}

/** Returns YAML like that of PyYAML's `safe_dump` in block style. */
function yamlText(value: unknown): string {
  return stringify(value, { version: '1.1', sortMapEntries: true, indentSeq: false })
}

/** An error as salt-api answers it: an HTML page, whatever the client accepts; server errors as JSON. */
export function errorAnswer(error: TocsinError): ErrorAnswer {
  const { status, summary } = catalogue[error.code]
  const own = statuses[error.code] ?? status
  const message = own === 401 ? UNAUTHORIZED : error.code === 'TCN_INTERNAL' ? UNEXPECTED : error.message
  const retryAfter = error.details.retryAfter
  const headers = headersOf(error)
  if (typeof retryAfter === 'number') headers['Retry-After'] = String(retryAfter)
  if (own >= 500 && own !== 503) {
    const body = pythonJson({ status: own, return: message || summary })
    return { status: own, headers: { ...headers, 'Content-Type': JSON_TYPE }, body }
  }
  const body = page(own, message || summary)
  return { status: own, headers: { ...headers, 'Content-Type': 'text/html;charset=utf-8' }, body }
}

const UNAUTHORIZED = 'No permission -- see authorization schemes'
const UNEXPECTED = 'An unexpected error occurred'

/** Statuses of salt-api that differ from those of the catalogue. */
const statuses: Partial<Record<TocsinError['code'], number>> = {
  TCN_HTTP_MEDIA_TYPE: 406,
  TCN_HTTP_TOO_MANY: 503,
}

function page(status: number, message: string): string {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>${title}</title>
</head>
<body>
<h2>${title}</h2>
<p>${escapeHtml(message)}</p>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Headers of every answer. */
export function corsHeaders({ origin }: IncomingHttpHeaders): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin ?? '*',
    'Access-Control-Expose-Headers': 'GET, POST',
    'Access-Control-Allow-Credentials': 'true',
  }
}

/** Additional headers of the answer to a preflight request. */
export function preflightHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const method = headers['access-control-request-method']
  if (method !== 'GET' && method !== 'POST') return {}
  return {
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Content-Type, X-Auth-Token, X-Requested-With',
    'Access-Control-Max-Age': '1400',
  }
}
