import type { MethodName, ParamsOf, ResultOf } from '../../bus/method-types.js'
import type { Call } from '../../bus/methods.js'
import { TocsinError } from '../../event/errors.js'
import { callMethod } from '../call-method.js'
import type { HttpContext } from './context.js'
import type { RouteCall } from './route.js'

/** The answer of a method that comes in one piece, asked as whoever called the route. */
export function ask<Name extends MethodName>(
  context: HttpContext,
  { principal, signal }: Pick<RouteCall, 'principal' | 'signal'>,
  name: Name,
  params: ParamsOf<Name>,
): Promise<ResultOf<Name>> {
  const call = { principal, signal, part: () => Promise.resolve() }
  return runMethod(context, name, params, call) as Promise<ResultOf<Name>>
}

/** Counted with the requests of the native protocol: so many run at once, for one principal and for all. Throws TCN_HTTP_TOO_MANY. */
export async function runMethod(
  { methods, authorize, native }: HttpContext,
  name: string,
  params: unknown,
  call: Call,
): Promise<unknown> {
  if (!native.requests.take(call.principal))
    throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many requests at once')
  try {
    return await callMethod(methods, authorize, name, params, call)
  } finally {
    native.requests.release(call.principal)
  }
}
