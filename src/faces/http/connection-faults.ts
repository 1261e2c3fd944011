import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ErrorCode, TocsinError } from '../../event/errors.js'
import { problemHeaders, problemOf, rawProblem } from './problem.js'

/** What node's parser refuses never becomes a request: it is answered here, and the connection ends. */
export function tellParserError(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Where an answer has begun, another one would become part of it.
  const begun = (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true
  if (error.code === 'ECONNRESET' || !socket.writable || begun) socket.destroy()
  else socket.end(rawProblem(new TocsinError(codes[error.code ?? ''] ?? 'TCN_HTTP_SYNTAX')))
}

export function refuseConnection(socket: Socket): void {
  socket.on('error', () => socket.destroy())
  socket.end(rawProblem(new TocsinError('TCN_HTTP_TOO_MANY')), () => socket.destroy())
}

/** In its turn: requests before it are answered first. Nothing more is read of what comes behind it. */
export function refuseRequest({ socket }: IncomingMessage, response: ServerResponse): void {
  socket.pause()
  const problem = problemOf(new TocsinError('TCN_HTTP_TOO_MANY'))
  response.writeHead(problem.status, { ...problemHeaders(problem), connection: 'close' })
  response.end(JSON.stringify(problem))
}

/** Node itself sees to `100-continue`. */
export function refuseExpectation({ socket }: IncomingMessage): void {
  socket.end(rawProblem(new TocsinError('TCN_HTTP_HEADER', 'the hub expects nothing but 100-continue')))
}

const codes: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'TCN_HTTP_HEADERS',
  ERR_HTTP_REQUEST_TIMEOUT: 'TCN_HTTP_TIMEOUT',
}
