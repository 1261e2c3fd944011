import type { IncomingHttpHeaders } from 'node:http'

/** Headers of every answer to a page of this origin; undefined if pages of its origin need no permission. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'allow, link, retry-after, tocsin-gaps',
    vary: 'origin',
  }
}

/** Additional headers of the answer to a preflight request. */
export function preflightHeaders(headers: IncomingHttpHeaders, methods: string): Record<string, string> {
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': [...REQUEST_HEADERS, ...attributesIn(headers)].join(', '),
    'access-control-max-age': '600',
  }
}

const REQUEST_HEADERS = [
  'authorization',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'traceparent',
  'tracestate',
]

/** The attributes of a CloudEvent in binary mode have names of their own, so only those that are asked for can be named. */
function attributesIn(headers: IncomingHttpHeaders): string[] {
  const asked = headers['access-control-request-headers']?.toLowerCase().split(',') ?? []
  return asked.map((name) => name.trim()).filter((name) => /^ce-[a-z0-9]{1,64}$/.test(name))
}
