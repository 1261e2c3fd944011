import type { MethodName, ParamsOf, ResultOf } from '../../src/methods/contract/index.js'
import { ApiError, call } from './api.js'
import { connection } from './live.js'

/** Calls a method, and shows at the top of the page whether the hub answers. */
export async function watchedCall<Name extends MethodName>(
  name: Name,
  params: ParamsOf<Name>,
  signal: AbortSignal,
): Promise<ResultOf<Name>> {
  const result = await call(name, params, signal).catch((error) => {
    if (!signal.aborted) connection.value = error instanceof ApiError ? 'connected' : 'lost'
    throw error
  })
  connection.value = 'connected'
  return result
}
