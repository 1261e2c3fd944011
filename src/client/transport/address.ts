import { TocsinError } from '../../errors/tocsin-error.js'

/** The address of a hub. `web-socket` has the URL of its WebSocket, whatever scheme the address was given with. */
export type HubAddress =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp' | 'tls'; host: string; port: number }
  | { kind: 'web-socket'; url: string }

const TCP_PORT = 4581
/** A longer list is a mistake. */
const MAX_ADDRESSES = 64

/**
 * Parses `tcp://host:port`, `tls://host:port`, and `ws://`, `wss://`, `http://` or `https://host:port` (WebSocket at
 * /v1/ws). Undefined for any other text, which is the path of a socket or not an address. Throws TCN_CLIENT_ADDRESS
 * for a URL that cannot be that of a hub.
 */
export function parseUrlAddress(text: string): HubAddress | undefined {
  const web = parseWebAddress(text)
  if (web !== undefined) return { kind: 'web-socket', url: web }
  const kind = /^(tcp|tls):\/\//i.exec(text)?.[1].toLowerCase() as 'tcp' | 'tls' | undefined
  if (kind === undefined) return undefined
  const { pathname, search, hostname, port } = parseUrl(text)
  if (!/^\/?$/.test(pathname) || search !== '') throw addressError('it has a path')
  return { kind, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? TCP_PORT : Number(port) }
}

/** Splits several addresses, given as a list or separated by commas. A path may contain commas itself. */
export function splitAddresses(given: string | readonly string[]): string[] {
  const list = typeof given === 'string' ? given.split(/,(?=\s*(?:[a-z]+:|\/))/i) : given
  const addresses = list.map((each) => each.trim()).filter((each) => !/^,*$/.test(each))
  if (addresses.length === 0) throw addressError('it is empty')
  if (addresses.length > MAX_ADDRESSES) throw addressError(`there are more than ${MAX_ADDRESSES}`)
  return addresses
}

/** The address for messages. The query of a URL is left out, since it may hold a secret. */
export function showAddress(address: HubAddress): string {
  if (address.kind === 'unix') return address.path
  if (address.kind === 'web-socket') return address.url.replace(/\?.*$/, '')
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.kind}://${host}:${address.port}`
}

const WEB_SOCKET_PATH = '/v1/ws'
const schemes: Record<string, string> = { http: 'ws', ws: 'ws', https: 'wss', wss: 'wss' }

/** The URL of the WebSocket at a `ws://`, `wss://`, `http://` or `https://` address; undefined for any other text. */
export function parseWebAddress(text: string): string | undefined {
  const [start = '', scheme = ''] = /^([a-z]+):\/\//i.exec(text) ?? []
  const web = schemes[scheme.toLowerCase()]
  if (web === undefined) return undefined
  const url = parseUrl(`${web}://${text.slice(start.length)}`)
  if (url.pathname === '/') url.pathname = WEB_SOCKET_PATH
  return url.href
}

/** Throws TCN_CLIENT_ADDRESS, without the text in the message, since it may hold a password. */
export function parseUrl(text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw addressError('it is not a valid URL')
  }
  if (url.username !== '' || url.password !== '')
    throw addressError('it contains a name or password; use a token instead')
  if (url.hostname === '') throw addressError('the host is missing')
  url.hash = ''
  return url
}

export function addressError(why: string): TocsinError {
  return new TocsinError('TCN_CLIENT_ADDRESS', `the address of the hub: ${why}`)
}
