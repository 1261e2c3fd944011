import type { Event } from '../../../event/event.js'
import { isObject } from '../../../event/json/object.js'
import { jsonView } from '../../../event/json/view.js'
import { formatTime } from '../../../event/position.js'
import { elementName } from '../../../filter/xpath/view.js'
import { standardNotification } from '../../netconf/server/notification.js'

/** The module of the namespace of events. */
const MODULE = 'tocsin-events'

/**
 * The event as a notification in JSON (RFC 8040, section 6.4). Its tag, source and time are annotations, as RFC 7952
 * writes them, since they are attributes in XML.
 */
export function eventJson(event: Event, type: string): string {
  const { tag, source, time } = event
  const standard = standardNotification(event)
  if (standard !== undefined)
    return notificationJson(time, `ietf-netconf-notifications:${standard.type}`, jsonView(standard.data))
  const of = (name: string) => `${MODULE}:${name}`
  const annotations = { [of('tag')]: tag, [of('source')]: source, [of('time')]: formatTime(time) }
  const data = jsonView(event.data)
  const content = isObject(data) ? data : { value: data }
  return notificationJson(time, of(elementName(type)), { ...content, '@': annotations })
}

/** Says that events are missing, and why. */
export function missingJson(time: number, from: number, to: number, reason: string): string {
  return notificationJson(time, `${MODULE}:missing-events`, { from, to, reason })
}

function notificationJson(time: number, name: string, content: unknown): string {
  return JSON.stringify({ 'ietf-restconf:notification': { eventTime: formatTime(time), [name]: content } })
}
