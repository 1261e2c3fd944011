import type { HttpContext } from '../context.js'
import type { RouteCall } from '../route.js'

/** Makes the text of an answer when it is its turn, since many long ones may be asked for at the same time. */
export function jsonInTurn(
  { longOutput }: Pick<HttpContext, 'longOutput'>,
  { principal, reply, signal }: Pick<RouteCall, 'principal' | 'reply' | 'signal'>,
  make: () => unknown,
): Promise<unknown> {
  const text = async () => {
    const answer = make() ?? null
    if (typeof answer !== 'object' || answer === null) return answer
    if (!reply.hasHeader('content-type')) void reply.header('content-type', 'application/json; charset=utf-8')
    return JSON.stringify(answer)
  }
  return longOutput.begin(principal.name, text, signal)
}
