import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ErrorCode, TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'

/** Returns the error for any value that a route or fastify threw. */
export function errorOf(thrown: unknown): TocsinError {
  if (TocsinError.is(thrown)) return thrown
  const { code: name = '', statusCode = 500 } = (thrown ?? {}) as { code?: string; statusCode?: number }
  const code =
    fastifyCodes[name] ?? (name.startsWith('FST_') && statusCode < 500 ? 'TCN_HTTP_SYNTAX' : undefined)
  return code === undefined ? toTocsinError(thrown, 'TCN_INTERNAL') : new TocsinError(code)
}

const fastifyCodes: Record<string, 'TCN_HTTP_TOO_LARGE' | 'TCN_HTTP_MEDIA_TYPE' | 'TCN_HTTP_ROUTE'> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TCN_HTTP_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'TCN_HTTP_MEDIA_TYPE',
  FST_ERR_BAD_URL: 'TCN_HTTP_ROUTE',
  FST_ERR_MAX_PARAM_LENGTH: 'TCN_HTTP_ROUTE',
}

/** The headers that RFC 9110 wants beside the status, so that a client learns what it may do instead. */
export function headersOf({ code, details }: TocsinError): Record<string, string> {
  if (code === 'TCN_HTTP_UPGRADE') return { upgrade: 'websocket' }
  if (code === 'TCN_HTTP_METHOD') return { allow: (details.allow as string[]).join(', ') }
  if (code !== 'TCN_HTTP_MEDIA_TYPE') return {}
  if (details.encoding !== undefined) return { 'accept-encoding': 'identity' }
  return Array.isArray(details.types) ? { accept: details.types.join(', ') } : {}
}

/** An error as a complete answer. */
export interface ErrorAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** Makes the answer of a face for an error. */
export type AnswerError = (error: TocsinError) => ErrorAnswer

/** Returns the bytes of an answer on the bare socket, after which the connection ends. */
function rawAnswer({ status, headers, body }: ErrorAnswer): string {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`
}

/** Time that a refused client has to read its answer before the connection is cut, ms. */
const REFUSAL_TIMEOUT_MS = 3000

/**
 * Answers on the bare socket and ends the connection. Anything the client still sends is read and dropped: unread
 * bytes would keep the socket and its descriptor open after the client has disconnected.
 */
export function refuseSocket(socket: Duplex, answer: ErrorAnswer, runtime: Runtime): void {
  socket.on('error', () => socket.destroy())
  socket.resume()
  socket.end(rawAnswer(answer))
  const cancelCut = runtime.after(REFUSAL_TIMEOUT_MS, () => socket.destroy())
  socket.once('close', cancelCut)
}

/** Answers bytes that Node's parser rejects, so that they never become a request, and ends the connection. */
export function answerParserError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  answerError: AnswerError,
  runtime: Runtime,
): void {
  // After the beginning of an answer, another one would become part of it.
  const begun = (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true
  const code = parserCodes[error.code ?? ''] ?? 'TCN_HTTP_SYNTAX'
  if (error.code === 'ECONNRESET' || !socket.writable || begun) socket.destroy()
  else refuseSocket(socket, answerError(new TocsinError(code)), runtime)
}

export function refuseConnection(socket: Socket, answerError: AnswerError): void {
  socket.on('error', () => socket.destroy())
  socket.end(rawAnswer(answerError(new TocsinError('TCN_HTTP_TOO_MANY'))), () => socket.destroy())
}

/** Answers in turn, after the earlier requests of the connection, and reads nothing after this request. */
export function refuseRequest(
  { socket }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: ErrorAnswer,
): void {
  socket.pause()
  response.writeHead(status, { ...headers, connection: 'close' })
  response.end(body)
}

/** Answers an `Expect` header other than `100-continue`, which Node handles itself. */
export function refuseExpectation(
  { socket }: IncomingMessage,
  answerError: AnswerError,
  runtime: Runtime,
): void {
  const error = new TocsinError('TCN_HTTP_HEADER', 'the only expectation supported is 100-continue')
  refuseSocket(socket, answerError(error), runtime)
}

const parserCodes: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'TCN_HTTP_HEADERS',
  ERR_HTTP_REQUEST_TIMEOUT: 'TCN_HTTP_TIMEOUT',
}
