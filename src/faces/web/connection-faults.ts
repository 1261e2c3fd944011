import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ErrorCode, TocsinError } from '../../event/errors.js'
import { type Refuse, rawRefusal } from './refusal.js'

/** What node's parser refuses never becomes a request: it is answered here, and the connection ends. */
export function tellParserError(error: NodeJS.ErrnoException, socket: Duplex, refuse: Refuse): void {
  // Where an answer has begun, another one would become part of it.
  const begun = (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || begun) socket.destroy()
  else socket.end(rawRefusal(refuse(new TocsinError(codes[error.code ?? ''] ?? 'TCN_HTTP_SYNTAX'))))
}

export function refuseConnection(socket: Socket, refuse: Refuse): void {
  socket.on('error', () => socket.destroy())
  socket.end(rawRefusal(refuse(new TocsinError('TCN_HTTP_TOO_MANY'))), () => socket.destroy())
}

/** In its turn: requests before it are answered first. Nothing more is read of what comes behind it. */
export function refuseRequest({ socket }: IncomingMessage, response: ServerResponse, refuse: Refuse): void {
  socket.pause()
  const { status, headers, body } = refuse(new TocsinError('TCN_HTTP_TOO_MANY'))
  response.writeHead(status, { ...headers, connection: 'close' })
  response.end(body)
}

/** Node itself sees to `100-continue`. */
export function refuseExpectation({ socket }: IncomingMessage, refuse: Refuse): void {
  const error = new TocsinError('TCN_HTTP_HEADER', 'the hub expects nothing but 100-continue')
  socket.end(rawRefusal(refuse(error)))
}

const codes: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'TCN_HTTP_HEADERS',
  ERR_HTTP_REQUEST_TIMEOUT: 'TCN_HTTP_TIMEOUT',
}
