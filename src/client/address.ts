import { notRead, parseWebAddress, readUrl } from './web-address.js'

/** Where a hub is. `web-socket` is WebSocket at the URL, however it was written. */
export type HubAddress =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp' | 'tls'; host: string; port: number }
  | { kind: 'web-socket'; url: string }

const TCP_PORT = 4581
/** More are a mistake. */
const MOST_ADDRESSES = 64

/**
 * Reads `tcp://host:port`, `tls://host:port`, `ws://…`, `wss://…`, `http://…` and `https://…` (WebSocket
 * at /v1/ws); undefined for anything else, which is the path of a socket or no address at all.
 * Throws TCN_CLIENT_ADDRESS for a URL that names no hub.
 */
export function parseUrlAddress(text: string): HubAddress | undefined {
  const web = parseWebAddress(text)
  if (web !== undefined) return { kind: 'web-socket', url: web }
  const kind = /^(tcp|tls):\/\//i.exec(text)?.[1].toLowerCase() as 'tcp' | 'tls' | undefined
  if (kind === undefined) return undefined
  const { pathname, search, hostname, port } = readUrl(text)
  if (!/^\/?$/.test(pathname) || search !== '') throw notRead('it has a path')
  return { kind, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? TCP_PORT : Number(port) }
}

/** Several are tried in turn: a list, or text with commas. A path may hold commas, but no list of paths does. */
export function splitAddresses(given: string | readonly string[]): string[] {
  const list = typeof given === 'string' ? given.split(/,(?=\s*(?:[a-z]+:|\/))/i) : given
  const addresses = list.map((each) => each.trim()).filter((each) => !/^,*$/.test(each))
  if (addresses.length === 0) throw notRead('it is empty')
  if (addresses.length > MOST_ADDRESSES) throw notRead(`there are more than ${MOST_ADDRESSES}`)
  return addresses
}

/** For people: no query of a URL gets into a message. */
export function showAddress(address: HubAddress): string {
  if (address.kind === 'unix') return address.path
  if (address.kind === 'web-socket') return address.url.replace(/\?.*$/, '')
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.kind}://${host}:${address.port}`
}
