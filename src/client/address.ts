import { TocsinError } from '../event/errors.js'

/** Where a hub is. `web-socket` is WebSocket at the URL, however it was written. */
export type HubAddress =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp' | 'tls'; host: string; port: number }
  | { kind: 'web-socket'; url: string }

export const TCP_PORT = 4581
const WEB_SOCKET_PATH = '/v1/ws'
/** More are a mistake. */
const MOST_ADDRESSES = 64

/**
 * Reads `tcp://host:port`, `tls://host:port`, `ws://…`, `wss://…`, `http://…` and `https://…` (WebSocket
 * at /v1/ws); undefined for anything else, which is the path of a socket or no address at all.
 * Throws TCN_CLIENT_ADDRESS for a URL that names no hub.
 */
export function parseUrlAddress(text: string): HubAddress | undefined {
  const scheme = /^(tcp|tls|wss?|https?):\/\//i.exec(text)?.[1].toLowerCase()
  if (scheme === undefined) return undefined
  const url = readUrl(text)
  if (scheme === 'tcp' || scheme === 'tls') return streamAddress(text, scheme, url)
  url.protocol = scheme === 'http' || scheme === 'ws' ? 'ws:' : 'wss:'
  if (url.pathname === '/' || url.pathname === '') url.pathname = WEB_SOCKET_PATH
  return { kind: 'web-socket', url: url.href }
}

/** Several are tried in turn: a list, or text with commas. A path may hold commas, but no list of paths does. */
export function splitAddresses(given: string | readonly string[]): string[] {
  const list = typeof given === 'string' ? given.split(/,(?=\s*(?:[a-z]+:|\/))/i) : [...given]
  const addresses = list.map((each) => each.trim()).filter((each) => !/^,*$/.test(each))
  if (addresses.length === 0) throw addressError('', 'it is empty')
  if (addresses.length > MOST_ADDRESSES) throw addressError('', `there are more than ${MOST_ADDRESSES}`)
  return addresses
}

/** For people: no password or query of a URL gets into a message. */
export function showAddress(address: HubAddress): string {
  if (address.kind === 'unix') return address.path
  if (address.kind === 'web-socket') return address.url.replace(/[?#].*$/, '')
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.kind}://${host}:${address.port}`
}

function streamAddress(text: string, kind: 'tcp' | 'tls', url: URL): HubAddress {
  if (!/^\/?$/.test(url.pathname) || url.search !== '') throw addressError(text, 'it has a path')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { kind, host, port: url.port === '' ? TCP_PORT : Number(url.port) }
}

function readUrl(text: string): URL {
  // With a scheme that URL knows, host and port are read the same for all.
  const web = text.replace(/^(?:tcp|tls|wss?|https?)/i, (scheme) =>
    /^(?:https|wss)$/i.test(scheme) ? 'wss' : /^(?:http|ws)$/i.test(scheme) ? 'ws' : scheme.toLowerCase(),
  )
  let url: URL
  try {
    url = new URL(web)
  } catch (error) {
    throw addressError(text, (error as Error).message)
  }
  if (url.username !== '' || url.password !== '')
    throw new TocsinError('TCN_CLIENT_ADDRESS', 'an address holds no name or password: give a token')
  if (url.hostname === '') throw addressError(text, 'the host is missing')
  url.hash = ''
  return url
}

function addressError(text: string, why: string): TocsinError {
  return new TocsinError(
    'TCN_CLIENT_ADDRESS',
    `${JSON.stringify(text.slice(0, 200))} is no address of a hub: ${why}`,
  )
}
