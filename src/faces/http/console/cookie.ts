import type { IncomingMessage } from 'node:http'

const MAX_LENGTH = 64

/** Browsers share cookies among all ports of a host, so each hub there needs a name of its own. */
function nameFor({ headers: { host = '' } }: IncomingMessage): string {
  return `tocsin-${/:(\d{1,5})$/.exec(host)?.[1] ?? 'web'}`
}

/** The text of the cookie of a login; undefined if there is none. */
export function cookieOf(request: IncomingMessage): string | undefined {
  return textIn(request, nameFor(request))
}

/** The text of the cookie of a login that waits for the answer of an issuer. */
export function pendingCookieOf(request: IncomingMessage): string | undefined {
  return textIn(request, pendingNameFor(request))
}

function pendingNameFor(request: IncomingMessage): string {
  return `${nameFor(request)}-login`
}

function textIn(request: IncomingMessage, name: string): string | undefined {
  const start = `${name}=`
  const cookies = request.headers.cookie?.split(';').map((each) => each.trim()) ?? []
  return cookies.find((each) => each.startsWith(start))?.slice(start.length, start.length + MAX_LENGTH)
}

/** The header `set-cookie` of a login. Without a text, the browser forgets the cookie. */
export function cookieHeader(
  request: IncomingMessage,
  text: string | undefined,
  isSecure = comesWithTls(request),
): string {
  return header(nameFor(request), text, ['Path=/', 'HttpOnly', 'SameSite=Strict'], isSecure)
}

/** The same for the time of a login at an issuer, whose answer is a step from another site. */
export function pendingCookieHeader(
  request: IncomingMessage,
  text: string | undefined,
  path: string,
  isSecure: boolean,
): string {
  return header(pendingNameFor(request), text, [`Path=${path}`, 'HttpOnly', 'SameSite=Lax'], isSecure)
}

/** A proxy in front of the hub may speak TLS: the origin of the page says so. */
export function comesWithTls({ socket, headers }: IncomingMessage): boolean {
  return 'encrypted' in socket || headers.origin?.startsWith('https:') === true
}

function header(
  name: string,
  text: string | undefined,
  attributes: readonly string[],
  isSecure: boolean,
): string {
  const age = text === undefined ? ['Max-Age=0'] : []
  return [`${name}=${text ?? ''}`, ...attributes, ...age, ...(isSecure ? ['Secure'] : [])].join('; ')
}
