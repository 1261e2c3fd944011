import { TocsinError } from '../event/errors.js'

const WEB_SOCKET_PATH = '/v1/ws'
const schemes: Record<string, string> = { http: 'ws', ws: 'ws', https: 'wss', wss: 'wss' }

/** The WebSocket of the hub at `ws://`, `wss://`, `http://` or `https://…`; undefined for what is none of these. */
export function parseWebAddress(text: string): string | undefined {
  const [start = '', scheme = ''] = /^([a-z]+):\/\//i.exec(text) ?? []
  const web = schemes[scheme.toLowerCase()]
  if (web === undefined) return undefined
  const url = readUrl(`${web}://${text.slice(start.length)}`)
  if (url.pathname === '/') url.pathname = WEB_SOCKET_PATH
  return url.href
}

/** Throws TCN_CLIENT_ADDRESS; no password gets into its message. */
export function readUrl(text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw notRead('it is not understood')
  }
  if (url.username !== '' || url.password !== '') throw notRead('it holds a name or password: give a token')
  if (url.hostname === '') throw notRead('the host is missing')
  url.hash = ''
  return url
}

export function notRead(why: string): TocsinError {
  return new TocsinError('TCN_CLIENT_ADDRESS', `the address of the hub: ${why}`)
}
