import { Event, encodeBase64, iterateFrames, jsonView, toCloudEvent } from '../../../event/index.js'
import type { HttpContext } from '../context.js'

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
