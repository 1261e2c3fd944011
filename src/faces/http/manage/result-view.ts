import { Event, encodeBase64, iterateFrames, jsonView, toCloudEvent } from '../../../event/index.js'
import type { HttpContext } from '../context.js'

/**
 * Converts a result to JSON: frames become CloudEvents under `event` and `events`; other bytes become base64. Parts that
 * are JSON already are not copied: many long results may be asked for at the same time, and copies are garbage.
 */
export function resultView(context: HttpContext, value: unknown): unknown {
  if (Array.isArray(value)) return listView(context, value)
  if (value instanceof Uint8Array) return encodeBase64(value)
  if (typeof value !== 'object' || value === null) return jsonView(value)
  if (Object.getPrototypeOf(value) !== Object.prototype) return jsonView(value)
  return objectView(context, value as Record<string, unknown>)
}

function listView(context: HttpContext, list: readonly unknown[]): readonly unknown[] {
  const shown = list.map((item) => resultView(context, item))
  return shown.every((item, nth) => item === list[nth]) ? list : shown
}

function objectView(context: HttpContext, value: Record<string, unknown>): Record<string, unknown> {
  let shown: [name: string, view: unknown][] | undefined
  for (const [nth, key] of Object.keys(value).entries()) {
    const item = value[key]
    if (item === undefined) continue
    const member = memberView(context, key, item)
    if (shown === undefined && member[1] === item) continue
    shown ??= Object.entries(value).slice(0, nth)
    shown.push(member)
  }
  return shown === undefined ? value : Object.fromEntries(shown)
}

function memberView(context: HttpContext, key: string, item: unknown): [name: string, view: unknown] {
  if (item instanceof Uint8Array && key === 'frame')
    return ['event', toCloudEvent(new Event(item), context.view)]
  if (item instanceof Uint8Array && key === 'frames')
    return ['events', [...iterateFrames(item)].map((event) => toCloudEvent(event, context.view))]
  return [key, resultView(context, item)]
}
