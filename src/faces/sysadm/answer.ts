import { catalogue } from '../../errors/catalogue.js'
import type { TocsinError } from '../../errors/tocsin-error.js'
import type { SysadmErrorCode } from '../../protocols/sysadm/codec/errors.js'
import { qtIndentedJson, qtIndentedJsonSteps } from '../../protocols/sysadm/codec/json.js'
import type { ErrorAnswer } from '../web/error-answer.js'
import type { ConnectionLimits } from '../web/listener.js'

export interface SysadmHttpLimits extends ConnectionLimits {
  /** Time that a request may take to arrive, ms. */
  requestTimeout: number
}

/** The answer, its arguments, and the objects in them. */
const REST_LEVELS = 3
const HEADERS = { server: 'SysAdm/1.0', 'content-type': 'text/json; charset=utf-8', connection: 'close' }

/** An answer of the REST interface, which has only the arguments. */
export function restAnswer(status: 200 | SysadmErrorCode, args: unknown): ErrorAnswer {
  const challenge: Record<string, string> =
    status === 401 ? { 'www-authenticate': 'Basic realm="SysAdm"' } : {}
  return { status, headers: { ...HEADERS, ...challenge }, body: qtIndentedJson({ args }) }
}

/** The same answer to a request that was done, in steps. */
export function* restSteps(args: unknown): Generator<void, ErrorAnswer> {
  return { status: 200, headers: HEADERS, body: yield* qtIndentedJsonSteps({ args }, REST_LEVELS) }
}

/** Returns the answer to faults of HTTP itself. */
export function answerError(error: TocsinError): ErrorAnswer {
  const { status } = catalogue[error.code]
  const args = { code: String(status), message: error.message }
  return { status, headers: HEADERS, body: qtIndentedJson({ args }) }
}
