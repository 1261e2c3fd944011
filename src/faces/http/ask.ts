import type { MethodName, ParamsOf, ResultOf } from '../../bus/method-types.js'
import { callMethod } from '../call-method.js'
import type { HttpContext } from './context.js'
import type { RouteCall } from './route.js'

/** The answer of a method that comes in one piece, asked as whoever called the route. */
export function ask<Name extends MethodName>(
  { methods, authorize }: HttpContext,
  { principal, signal }: Pick<RouteCall, 'principal' | 'signal'>,
  name: Name,
  params: ParamsOf<Name>,
): Promise<ResultOf<Name>> {
  const call = { principal, signal, part: () => Promise.resolve() }
  return callMethod(methods, authorize, name, params, call) as Promise<ResultOf<Name>>
}
