import { catalogue, type TocsinError } from '../../event/errors.js'
import type { Refusal } from '../web/refusal.js'

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

/** The same for a peer that is not answered by fastify. */
export function problemRefusal(error: TocsinError): Refusal {
  const problem = problemOf(error)
  return { status: problem.status, headers: problemHeaders(problem), body: JSON.stringify(problem) }
}
