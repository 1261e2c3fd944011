import type { HttpContext } from '../context.js'
import { answerInSteps } from '../read/long-answer.js'
import type { RouteCall } from '../route.js'
import { longResult } from './long-result.js'
import { resultView } from './result-view.js'

/** Answers with the JSON of a result, in steps if it is long. */
export async function answerResult(context: HttpContext, call: RouteCall, result: unknown): Promise<unknown> {
  const long = longResult(context, result)
  if (long !== undefined) return answerInSteps(call, context.longOutput, () => long('', ''))
  return jsonInTurn(context, call, () => resultView(context, result))
}

/** Makes the text of an answer when it is its turn, since many long ones may be asked for at the same time. */
function jsonInTurn(
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
