import { readId, withoutPrefix } from './dynamic-subscription.js'
import { NOTIFICATION, STREAMS, SUBSCRIBED, standardModules } from './namespaces.js'
import { contentElement } from './notification.js'
import { textAt, type XmlElement } from './xml.js'

/** The device says something of a subscription itself, and not of what it watches. */
export interface SubscriptionChange {
  /** `replayed`: all of the past has come. */
  readonly kind: 'replayed' | 'completed' | 'terminated' | 'suspended' | 'resumed' | 'modified' | 'started'
  /** Absent with RFC 5277, where a session has one subscription. */
  readonly id?: number
  readonly reason?: string
}

const inRfc5277: ReadonlyMap<string, SubscriptionChange['kind']> = new Map([
  ['replayComplete', 'replayed'],
  ['notificationComplete', 'completed'],
])

/** RFC 8639, section 2.7 */
const inRfc8639: ReadonlyMap<string, SubscriptionChange['kind']> = new Map([
  ['replay-completed', 'replayed'],
  ['subscription-completed', 'completed'],
  ['subscription-terminated', 'terminated'],
  ['subscription-suspended', 'suspended'],
  ['subscription-resumed', 'resumed'],
  ['subscription-modified', 'modified'],
  ['subscription-started', 'started'],
])

const kindsIn: ReadonlyMap<string, ReadonlyMap<string, SubscriptionChange['kind']>> = new Map([
  [STREAMS, inRfc5277],
  [NOTIFICATION, inRfc5277],
  [SUBSCRIBED, inRfc8639],
])
const kindsInJson: ReadonlyMap<string, SubscriptionChange['kind']> = new Map(
  [...kindsIn].flatMap(([namespace, kinds]) =>
    [...kinds].map(([name, kind]) => [`${standardModules.get(namespace)}:${name}`, kind] as const),
  ),
)
const LONGEST_REASON = 100

/** Undefined if the notification is one of what is watched. */
export function subscriptionChange(message: XmlElement): SubscriptionChange | undefined {
  const event = contentElement(message)
  if (event === undefined) return undefined
  const kind = kindsIn.get(event.namespace)?.get(event.name)
  if (kind === undefined) return undefined
  const id = readId(event)
  const reason = withoutPrefix(textAt(event, 'reason'))?.slice(0, LONGEST_REASON)
  return { kind, ...(id !== undefined && { id }), ...(reason !== undefined && { reason }) }
}

/** The same for a notification in JSON. `name`: with its module, such as `ietf-subscribed-notifications:replay-completed`. */
export function subscriptionChangeInJson(name: string): SubscriptionChange['kind'] | undefined {
  return kindsInJson.get(name)
}
