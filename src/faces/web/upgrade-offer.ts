import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Returns whether the client offers to upgrade to a supported protocol. HTTP/1.0 has no such offer (RFC 9110 §7.8).
 */
export function wantsWebSocket({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion !== '1.0' && /\bwebsocket\b/i.test(headers.upgrade ?? '')
}

/**
 * Puts a request back into its socket without the offer to upgrade: a client that offers an unsupported protocol is
 * answered in HTTP/1.1 (RFC 9110 §7.8), but Node's parser has already released the socket. `rest` follows the
 * request.
 */
export function putBack(request: IncomingMessage, socket: Duplex, rest: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase()
    const value = name === 'connection' ? withoutUpgrade(rawHeaders[i + 1]) : rawHeaders[i + 1]
    if (name !== 'upgrade' && value !== '') lines.push(`${rawHeaders[i]}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), rest]))
}

function withoutUpgrade(connection: string): string {
  return connection
    .split(',')
    .map((option) => option.trim())
    .filter((option) => !/^(?:upgrade|http2-settings)$/i.test(option))
    .join(', ')
}
