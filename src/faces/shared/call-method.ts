import { begin } from '../../bus/diagnostics.js'
import type { Authorize } from '../../bus/principal.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Call, CallOutcome, Method, MethodTable } from '../../methods/method.js'
import { checkHubRight } from './hub-right.js'

export interface MethodHost {
  readonly methods: MethodTable
  readonly authorize: Authorize
  /** Called when a call has ended. */
  called?(outcome: CallOutcome): void
}

/**
 * Runs a management operation for any face, after checking that it exists, that the caller may use it and that its
 * parameters are valid. Always rejects with a TocsinError.
 */
export async function callMethod(
  { methods, authorize, called }: MethodHost,
  name: string,
  params: unknown,
  call: Call,
): Promise<unknown> {
  const method = methods.get(name)
  if (method === undefined) {
    throw new TocsinError('TCN_METHOD_UNKNOWN', `there is no method ${JSON.stringify(name.slice(0, 80))}`)
  }
  const { principal, address } = call
  const outcome = { name, principal, address }
  let checked: unknown
  begin({ face: 'method', what: name, principal: principal.name })
  try {
    checkHubRight(authorize, principal, method.right, name)
    if (method.local && !call.local) {
      throw new TocsinError('TCN_ACCESS_LOCAL', `${name} is only possible over a unix socket`)
    }
    checked = checkParams(method, params)
    const result = await method.run(call, checked)
    called?.({ ...outcome, changed: method.changes?.(checked, result) })
    return result
  } catch (thrown) {
    const error = toTocsinError(thrown, 'TCN_METHOD_FAILED')
    const changed = checked === undefined ? undefined : method.changes?.(checked)
    called?.({ ...outcome, error, changed })
    throw error
  }
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
