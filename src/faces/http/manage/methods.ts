import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import {
  Event,
  encodeBase64,
  iterateFrames,
  jsonView,
  toCloudEvent,
  toTocsinError,
} from '../../../event/index.js'
import type { MethodName, ParamsOf, ResultOf } from '../../../methods/contract/index.js'
import type { Call, Method } from '../../../methods/method.js'
import { callMethod } from '../../shared/call-method.js'
import type { HttpContext } from '../context.js'
import { problemOf } from '../problem.js'
import { AnswerLines } from '../read/answer-lines.js'
import { type Route, type RouteCall, route } from '../route.js'
import { problem } from './schemas.js'

/** `POST /v1/<method>` for every method. */
export function methodRoutes(context: HttpContext): Route[] {
  return [...context.methods.values()].map((method) => methodRoute(context, method))
}

function methodRoute(context: HttpContext, { name, summary, right, params }: Method): Route {
  return route({
    method: 'POST',
    path: `/v1/${name}`,
    summary,
    right,
    body: { read: 'json', types: { 'application/json': { schema: params, description: 'Parameters.' } } },
    answers: {
      200: {
        description: 'The result. A long answer has lines: `{"part":…}` each, and finally `{"result":…}`.',
        schema: z.unknown(),
        line,
      },
    },
    handle: (call) => callOverHttp(context, name, call),
  })
}

const line = z.union([
  z.object({ part: z.unknown() }),
  z.object({ result: z.unknown() }),
  z.object({ problem }),
])

async function callOverHttp(context: HttpContext, name: string, call: RouteCall): Promise<unknown> {
  const { principal, signal, body, request, reply } = call
  const lines = new AnswerLines(reply, context.runtime)
  const running: Call = {
    principal,
    signal,
    address: request.raw.socket.remoteAddress,
    async part(part) {
      signal.throwIfAborted()
      await lines.write({ part: resultView(context, part) })
      signal.throwIfAborted()
    },
  }
  try {
    const result = await runMethod(context, name, body, running)
    const shown = resultView(context, result)
    if (!lines.begun) return shown ?? null
    lines.end({ result: shown })
  } catch (error) {
    if (!lines.begun) throw error
    lines.end({ problem: problemOf(toTocsinError(error, 'TCN_INTERNAL')) })
  }
}

/** Converts a result to JSON: frames become CloudEvents under `event` and `events`; other bytes become base64. */
export function resultView(context: HttpContext, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => resultView(context, item))
  if (value instanceof Uint8Array) return encodeBase64(value)
  if (typeof value !== 'object' || value === null) return jsonView(value)
  if (Object.getPrototypeOf(value) !== Object.prototype) return jsonView(value)
  const shown: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    if (item instanceof Uint8Array && key === 'frame') shown.event = eventView(context, new Event(item))
    else if (item instanceof Uint8Array && key === 'frames')
      shown.events = [...iterateFrames(item)].map((event) => eventView(context, event))
    else shown[key] = resultView(context, item)
  }
  return shown
}

function eventView({ bus, types }: HttpContext, event: Event): object {
  return toCloudEvent(event, { epoch: bus.epoch, typeOf: types.typeOf })
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
    return await callMethod(context, name, params, call)
  } finally {
    budgets.requests.release(call.principal)
  }
}
