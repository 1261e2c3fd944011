import { z } from 'zod'
import type { Call, Method } from '../../bus/methods.js'
import {
  Event,
  encodeBase64,
  iterateFrames,
  jsonView,
  toCloudEvent,
  toTocsinError,
} from '../../event/index.js'
import { AnswerLines } from './answer-lines.js'
import { runMethod } from './ask.js'
import type { HttpContext } from './context.js'
import { problemOf } from './problem.js'
import { type Route, type RouteCall, route } from './route.js'

/** `POST /v1/<method>` for every management operation. */
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
        description: 'The result; of a long answer lines, `{"part":…}` each and at last `{"result":…}`.',
        schema: z.unknown(),
      },
    },
    handle: (call) => callOverHttp(context, name, call),
  })
}

async function callOverHttp(context: HttpContext, name: string, call: RouteCall): Promise<unknown> {
  const { principal, signal, body, reply } = call
  const lines = new AnswerLines(reply, context.runtime)
  const running: Call = {
    principal,
    signal,
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

/** A result as JSON: frames are CloudEvents, as `event` and `events`; other bytes are base64. */
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
