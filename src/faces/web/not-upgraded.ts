import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** Whether the peer wants to speak something that a face here speaks. */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? '')
}

/**
 * The same request as if it asked for no upgrade: who offers one that nobody wants is answered in HTTP/1.1
 * (RFC 9110 §7.8). Node's parser has let go of the socket: what it read is put back without the offer.
 */
export function putBack(request: IncomingMessage, socket: Duplex, behind: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase()
    const value = name === 'connection' ? withoutUpgrade(rawHeaders[i + 1]) : rawHeaders[i + 1]
    if (name !== 'upgrade' && value !== '') lines.push(`${rawHeaders[i]}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), behind]))
}

function withoutUpgrade(connection: string): string {
  return connection
    .split(',')
    .map((option) => option.trim())
    .filter((option) => !/^(?:upgrade|http2-settings)$/i.test(option))
    .join(', ')
}
