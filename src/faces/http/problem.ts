import { catalogue, TocsinError, toTocsinError } from '../../event/errors.js'

export const PROBLEM_TYPE = 'application/problem+json'

/** An error as RFC 9457 has it. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  remedy: string
  details?: Readonly<Record<string, unknown>>
}

/** What is wrong within the hub is not told to the peer. */
export function problemOf(error: TocsinError): Problem {
  const { status, summary, remedy } = catalogue[error.code]
  return {
    type: `urn:tocsin:error:${error.code}`,
    title: summary,
    status,
    detail: error.code === 'TCN_INTERNAL' ? summary : error.message,
    code: error.code,
    remedy,
    ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  }
}

/** Seconds after which a peer that was turned away may come again. */
const RETRY_AFTER = 1

export function problemHeaders(problem: Problem): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="tocsin"'
  const retryAfter = problem.details?.retryAfter ?? (problem.status === 503 ? RETRY_AFTER : undefined)
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  return headers
}

/** For a peer that is not to be answered by fastify: a whole response, after which the connection ends. */
export function rawProblem(error: TocsinError): string {
  const problem = problemOf(error)
  const body = JSON.stringify(problem)
  const headers = {
    ...problemHeaders(problem),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.status} ${reasons[problem.status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`
}

const reasons: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
}

/** Whatever a route threw. */
export function errorOf(thrown: unknown): TocsinError {
  if (TocsinError.is(thrown)) return thrown
  const code = fastifyCodes[(thrown as { code?: string } | undefined)?.code ?? '']
  return code === undefined ? toTocsinError(thrown, 'TCN_INTERNAL') : new TocsinError(code)
}

const fastifyCodes: Record<string, 'TCN_HTTP_TOO_LARGE' | 'TCN_HTTP_MEDIA_TYPE' | 'TCN_HTTP_ROUTE'> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TCN_HTTP_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'TCN_HTTP_MEDIA_TYPE',
  FST_ERR_BAD_URL: 'TCN_HTTP_ROUTE',
}
