import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { toTocsinError } from '../../../event/index.js'
import { readTraceparent } from '../../../event/trace-context.js'
import type { MethodName, ParamsOf, ResultOf } from '../../../methods/contract/index.js'
import type { Call, Method } from '../../../methods/method.js'
import { callMethod } from '../../shared/call-method.js'
import type { HttpContext } from '../context.js'
import { problemOf } from '../problem.js'
import { AnswerLines } from '../read/answer-lines.js'
import { type Route, type RouteCall, route } from '../route.js'
import { answerResult } from './answer-result.js'
import { longResult } from './long-result.js'
import { resultView } from './result-view.js'
import { cloudEvent, problem } from './schemas.js'

/** `POST /v1/<method>` for every method. */
export function methodRoutes(context: HttpContext): Route[] {
  return [...context.methods.values()].map((method) => methodRoute(context, method))
}

function methodRoute(context: HttpContext, method: Method): Route {
  const { name, summary, notes, right, params } = method
  const result = shown(method.result)
  return route({
    method: 'POST',
    path: `/v1/${name}`,
    summary,
    ...(notes !== undefined && { notes }),
    right,
    body: { read: 'json', types: { 'application/json': { schema: params, description: 'Parameters.' } } },
    answers: {
      200: {
        description: 'The result. A long answer has lines: `{"part":…}` each, and finally `{"result":…}`.',
        schema: result,
        line: lineOf(method, result),
      },
    },
    handle: (call) => callOverHttp(context, name, call),
  })
}

function lineOf({ part }: Method, result: z.ZodType): z.ZodType {
  const last = [z.object({ result }), z.object({ problem })] as const
  return part === undefined ? z.union(last) : z.union([z.object({ part: shown(part) }), ...last])
}

async function callOverHttp(context: HttpContext, name: string, call: RouteCall): Promise<unknown> {
  const { principal, signal, body, request, reply } = call
  const lines = new AnswerLines(reply, context.runtime)
  const turn = { work: context.longOutput, principal: principal.name }
  const running: Call = {
    principal,
    signal,
    face: 'http',
    address: request.raw.socket.remoteAddress,
    trace: readTraceparent(request.headers.traceparent),
    async part(part) {
      signal.throwIfAborted()
      const long = longResult(context, part)
      if (long === undefined) await lines.write({ part: resultView(context, part) })
      else await lines.writeSteps(() => long('{"part":', '}\n'), turn)
      signal.throwIfAborted()
    },
  }
  try {
    const result = await runMethod(context, name, body, running)
    if (!lines.begun) return await answerResult(context, call, result)
    lines.end({ result: resultView(context, result) })
  } catch (error) {
    if (!lines.begun) throw error
    lines.end({ problem: problemOf(toTocsinError(error, 'TCN_INTERNAL')) })
  }
}

/** Returns the result of a method that has no parts, called with the rights of the route's caller. */
export function ask<Name extends MethodName>(
  context: HttpContext,
  { principal, signal }: Pick<RouteCall, 'principal' | 'signal'>,
  name: Name,
  params: ParamsOf<Name>,
): Promise<ResultOf<Name>> {
  const call = { principal, signal, part: () => Promise.resolve() }
  return runMethod(context, name, params, call) as Promise<ResultOf<Name>>
}

/** Runs a method as one of the requests that all faces count together. Throws TCN_HTTP_TOO_MANY. */
export async function runMethod(
  context: HttpContext,
  name: string,
  params: unknown,
  call: Call,
): Promise<unknown> {
  const { budgets } = context
  if (!budgets.requests.take(call.principal))
    throw new TocsinError('TCN_HTTP_TOO_MANY', 'too many requests at once')
  try {
    const aside = <Result>(wait: Promise<Result>) => budgets.requests.aside(call.principal, wait)
    const run = () => callMethod(context, name, params, { ...call, aside })
    return await context.longOutput.begin(call.principal.name, run, call.signal)
  } finally {
    budgets.requests.release(call.principal)
  }
}

/** Describes a result as JSON shows it: frames as CloudEvents under `event` and `events`, other bytes in base64. */
function shown(result: z.ZodType): z.ZodType {
  if (!(result instanceof z.ZodObject)) return result
  const members: [string, z.ZodType][] = Object.entries(result.shape)
  if (!members.some(([, member]) => isBytes(member))) return result
  return z.object(Object.fromEntries(members.map(([name, member]) => shownMember(name, member))))
}

function shownMember(name: string, member: z.ZodType): [string, z.ZodType] {
  if (!isBytes(member)) return [name, member]
  if (name === 'frame') return ['event', cloudEvent]
  return name === 'frames' ? ['events', z.array(cloudEvent)] : [name, z.base64()]
}

function isBytes(schema: z.ZodType): boolean {
  return schema instanceof z.ZodCustom
}
