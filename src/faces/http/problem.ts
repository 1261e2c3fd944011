import { catalogue, type TocsinError } from '../../errors/tocsin-error.js'
import { type ErrorAnswer, headersOf } from '../web/error-answer.js'

export const PROBLEM_TYPE = 'application/problem+json'

/** An error as RFC 9457 defines it. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  remedy: string
  details?: Readonly<Record<string, unknown>>
}

/** Converts an error to a problem. Details of internal errors are not disclosed. */
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

/** Seconds after which a refused client may try again. */
const RETRY_AFTER_SECONDS = 1

export function problemHeaders(problem: Problem, error: TocsinError): Record<string, string> {
  const headers: Record<string, string> = {
    ...headersOf(error),
    'content-type': PROBLEM_TYPE,
    'cache-control': 'no-store',
  }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="tocsin"'
  const retryAfter = problem.details?.retryAfter ?? (isTryAgain(problem) ? RETRY_AFTER_SECONDS : undefined)
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  return headers
}

/** Events that the hub has taken must not be sent again as new ones. */
function isTryAgain({ status, code }: Problem): boolean {
  return status === 503 && code !== 'TCN_LOG_UNFLUSHED'
}

/** Returns a problem as an answer that is not sent through fastify. */
export function problemAnswer(error: TocsinError): ErrorAnswer {
  const problem = problemOf(error)
  return { status: problem.status, headers: problemHeaders(problem, error), body: JSON.stringify(problem) }
}
