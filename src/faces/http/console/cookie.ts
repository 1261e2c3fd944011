import type { IncomingMessage } from 'node:http'

const MAX_LENGTH = 64

/** Browsers share cookies among all ports of a host, so each hub there needs a name of its own. */
function nameFor({ headers: { host = '' } }: IncomingMessage): string {
  return `tocsin-${/:(\d{1,5})$/.exec(host)?.[1] ?? 'web'}`
}

/** The text of the console's cookie; undefined if there is none. */
export function cookieOf(request: IncomingMessage): string | undefined {
  const start = `${nameFor(request)}=`
  const cookies = request.headers.cookie?.split(';').map((each) => each.trim()) ?? []
  return cookies.find((each) => each.startsWith(start))?.slice(start.length, start.length + MAX_LENGTH)
}

/** The header `set-cookie`. Without a text, the browser forgets the cookie. */
export function cookieHeader(request: IncomingMessage, text: string | undefined): string {
  const age = text === undefined ? ['Max-Age=0'] : []
  // A proxy in front of the hub may speak TLS: the origin of the page says so.
  const isSecure = 'encrypted' in request.socket || request.headers.origin?.startsWith('https:') === true
  const parts = [`${nameFor(request)}=${text ?? ''}`, 'Path=/', 'HttpOnly', 'SameSite=Strict', ...age]
  return [...parts, ...(isSecure ? ['Secure'] : [])].join('; ')
}
