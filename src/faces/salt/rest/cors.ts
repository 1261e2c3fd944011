import type { IncomingHttpHeaders } from 'node:http'

/** Stands in every answer. */
export function corsHeaders({ origin }: IncomingHttpHeaders): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin ?? '*',
    'Access-Control-Expose-Headers': 'GET, POST',
    'Access-Control-Allow-Credentials': 'true',
  }
}

/** Also in the answer to a preflight. */
export function preflightHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const method = headers['access-control-request-method']
  if (method !== 'GET' && method !== 'POST') return {}
  return {
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Content-Type, X-Auth-Token, X-Requested-With',
    'Access-Control-Max-Age': '1400',
  }
}

/**
 * Whether the page that asks may use the cookie of this listener. Answers allow every origin, as those of salt-api
 * do: without this any page could read with the cookie of whoever looks at it.
 */
export function mayUseCookie({ origin, host }: IncomingHttpHeaders, origins: readonly string[]): boolean {
  if (origin === undefined) return true
  const asked = origin.toLowerCase()
  const own = host?.toLowerCase()
  if (asked === `http://${own}` || asked === `https://${own}`) return true
  return origins.some((each) => each === '*' || each.toLowerCase() === asked)
}
