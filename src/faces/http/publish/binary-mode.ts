import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { cloudEventHeaders } from '../../../protocols/webhook/cloudevent-headers.js'

/**
 * CloudEvents over HTTP, binary mode: attributes in headers `ce-…`, data in the body. Returns the event as the
 * structured mode would carry it; it is not validated here. `data` is that of a body of JSON.
 */
export function binaryEvent(
  headers: IncomingHttpHeaders,
  body: Buffer,
  data?: unknown,
): Record<string, unknown> {
  // The key exists even without a `ce-specversion` header: any other `ce-` header makes this a CloudEvent.
  const event: Record<string, unknown> = { specversion: undefined }
  for (const [name, text] of Object.entries(cloudEventHeaders(headers)))
    event[name] = attributeValue(name, text)
  const type = headers['content-type']
  if (type !== undefined) event.datacontenttype = type
  if (data !== undefined) event.data = data
  else if (body.length > 0) addData(event, headers, body)
  return event
}

const JSON_TYPE = /^[^;/]+\/(?:[^;/]+\+)?json\s*(?:;|$)/i
const TEXT_TYPE = /^(?:text\/[^;]+|application\/(?:[^;]+\+)?(?:xml|yaml))\s*(?:;|$)/i
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i

/** Returns whether the body is JSON, so that it becomes the data rather than bytes. */
export function hasJsonData(headers: IncomingHttpHeaders): boolean {
  return JSON_TYPE.test(headers['content-type'] ?? '')
}

function addData(event: Record<string, unknown>, headers: IncomingHttpHeaders, body: Buffer): void {
  if (isText(headers, body)) event.data = body.toString('utf8')
  else event.data_base64 = body.toString('base64')
}

/** Returns whether the body is text for readers and filters. What is said to be text but is not UTF-8 stays bytes. */
function isText(headers: IncomingHttpHeaders, body: Buffer): boolean {
  const type = headers['content-type'] ?? ''
  const [, charset = 'utf-8'] = CHARSET.exec(type) ?? []
  return TEXT_TYPE.test(type) && /^(?:utf-?8|us-ascii)$/i.test(charset) && isUtf8(body)
}

/** Headers are text, but the extension attribute `kind` is a number. */
function attributeValue(name: string, text: string): string | number {
  return name === 'kind' && /^\d{1,10}$/.test(text) ? Number(text) : text
}
