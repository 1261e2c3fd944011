import type { Authorize } from '../../bus/principal.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Call, Method, MethodTable } from '../../methods/method.js'
import { checkHubRight } from './hub-right.js'

/**
 * Runs a management operation for any face, after checking that it exists, that the caller may use it and that its
 * parameters are valid. Always rejects with a TocsinError.
 */
export async function callMethod(
  methods: MethodTable,
  authorize: Authorize,
  name: string,
  params: unknown,
  call: Call,
): Promise<unknown> {
  const method = methods.get(name)
  if (method === undefined) {
    throw new TocsinError('TCN_METHOD_UNKNOWN', `there is no method ${JSON.stringify(name.slice(0, 80))}`)
  }
  checkHubRight(authorize, call.principal, method.right, name)
  if (method.local && !call.local) {
    throw new TocsinError('TCN_ACCESS_LOCAL', `${name} is only possible over a unix socket`)
  }
  const checked = checkParams(method, params)
  try {
    return await method.run(call, checked)
  } catch (error) {
    throw toTocsinError(error, 'TCN_METHOD_FAILED')
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
