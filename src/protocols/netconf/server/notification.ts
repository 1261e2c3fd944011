import type { Event } from '../../../event/event.js'
import { isObject } from '../../../event/json/object.js'
import { formatTime } from '../../../event/position.js'
import { childrenOf, elementName, ownText } from '../../../filter/xpath/view.js'
import { EVENTS, NETCONF_EVENTS, NOTIFICATION, SUBSCRIBED } from '../codec/namespaces.js'

const MODULE_OF_EVENTS = 'ietf-netconf-notifications:'

/**
 * The notification of RFC 6470 in an event, such as that a session has begun, which goes out as what it is. Undefined for
 * all other events.
 */
export function standardNotification({ tag, data }: Event): { type: string; data: unknown } | undefined {
  if (!tag.startsWith('netconf/') || !isObject(data)) return undefined
  const { notification, content } = data
  if (typeof notification !== 'string' || !notification.startsWith(MODULE_OF_EVENTS)) return undefined
  return { type: notification.slice(MODULE_OF_EVENTS.length), data: content }
}

/** The event as a notification (RFC 5277, section 4): its time, and its XML view. */
export function eventText(event: Event, type: string): string {
  const standard = standardNotification(event)
  const content =
    standard === undefined
      ? elementText(elementName(type), event.data, ` xmlns="${EVENTS}"${attributesText(event)}`)
      : elementText(elementName(standard.type), standard.data, ` xmlns="${NETCONF_EVENTS}"`)
  return notificationText(event.time, content)
}

export function notificationText(time: number, content: string): string {
  return `<notification xmlns="${NOTIFICATION}"><eventTime>${formatTime(time)}</eventTime>${content}</notification>`
}

/** Says that events are missing, and why. */
export function missingText(from: number, to: number, reason: string): string {
  return elementText('missing-events', { from, to, reason }, ` xmlns="${EVENTS}"`)
}

/** The text of a notification that the state of a subscription has changed (RFC 8639, section 2.7). */
export function changeText(name: string, id: number, more = ''): string {
  return `<${name} xmlns="${SUBSCRIBED}"><id>${id}</id>${more}</${name}>`
}

function attributesText({ tag, source, time }: Event): string {
  return ` tag="${xmlValue(tag)}" source="${xmlValue(source)}" time="${formatTime(time)}"`
}

function elementText(name: string, content: unknown, attributes = ''): string {
  let inner = ''
  for (const [childName, child] of childrenOf(content)) inner += elementText(childName, child)
  if (inner === '') inner = xmlValue(ownText(content))
  return inner === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`
}

const special = /[&<>"\r\n\t\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** XML has no way to write other control characters, or half of a pair of surrogates. */
export function xmlValue(text: string): string {
  return text.replace(special, (character) => escapes[character] ?? '\uFFFD')
}
