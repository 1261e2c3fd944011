import type { Sessions } from '../../access/sessions.js'
import type { Authorize } from '../../bus/principal.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Call, CallOutcome, Method, MethodTable } from '../../methods/method.js'
import type { Span, Work } from '../../methods/progress.js'
import type { Reporting } from '../../observers/reporting.js'
import { begin } from '../../parts/work.js'
import { checkRight } from './check-right.js'

export interface MethodHost {
  readonly methods: MethodTable
  readonly authorize: Authorize
  /** Numbers the callers that have no session. */
  readonly sessions?: Pick<Sessions, 'ofRequests'>
  /** Called when a call has ended. What it resolves with is waited for before the answer. */
  called?(outcome: CallOutcome): Promise<void> | undefined
  /** The reports about requests while somebody subscribes to them. */
  readonly reporting?: Reporting
}

/**
 * Runs a management operation for any face, after checking that it exists, that the caller may use it and that its
 * parameters are valid. Always rejects with a TocsinError.
 */
export async function callMethod(
  { methods, authorize, sessions, called, reporting }: MethodHost,
  name: string,
  params: unknown,
  given: Call,
): Promise<unknown> {
  const method = methods.get(name)
  if (method === undefined) {
    throw new TocsinError('TCN_METHOD_UNKNOWN', `there is no method ${JSON.stringify(name.slice(0, 80))}`)
  }
  const { principal, face, address, program } = given
  const usid = given.usid ?? sessions?.ofRequests(principal.name, face, address)
  const call: Call = given.usid === usid ? given : { ...given, usid }
  const outcome = { name, principal, address, usid, program }
  let checked: unknown
  let span: Span | undefined
  begin({ face: 'method', what: name, principal: principal.name })
  try {
    checkRight(authorize, principal, method.right, name)
    if (method.local && !call.local) {
      throw new TocsinError('TCN_ACCESS_LOCAL', `${name} is only possible over a unix socket`)
    }
    checked = checkParams(method, params)
    span = reporting?.progress.reader && reporting.progress.begin(workOf(method, call))
    const result = await method.run(span === undefined ? call : { ...call, trace: span }, checked)
    span?.end()
    span = undefined
    const observed = called?.({ ...outcome, changed: method.changes?.(checked, result) })
    if (observed !== undefined) await (call.aside?.(observed) ?? observed)
    return result
  } catch (thrown) {
    const error = toTocsinError(thrown, 'TCN_METHOD_FAILED')
    span?.end(error.code)
    const changed = checked === undefined ? undefined : method.changes?.(checked)
    void called?.({ ...outcome, error, changed })
    throw error
  }
}

const VERBOSE = 1

function workOf({ name, isLong }: Method, { principal, usid, trace: parent }: Call): Work {
  const [subsystem] = name.split('.', 1)
  const attributes = { principal: principal.name }
  return { name, subsystem, verbosity: isLong ? 0 : VERBOSE, parent, attributes, usid }
}

function checkParams(method: Method, params: unknown): unknown {
  const checked = method.params.safeParse(params ?? {}, { error: explainMissing })
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const path = ['params', ...issue.path.map(String)].join('.')
  throw new TocsinError('TCN_METHOD_PARAMS', `${method.name}: ${path}: ${issue.message}`, {
    details: { path },
  })
}

/** Returns the message for a missing value, in place of zod's "expected string, received undefined". */
export function explainMissing({ input }: { input?: unknown }): string | undefined {
  return input === undefined ? 'is missing' : undefined
}
