import { TocsinError } from '../../../errors/tocsin-error.js'
import { parseTime } from '../../../event/position.js'
import { contentInSteps, qualified } from './content.js'
import { NOTIFICATION } from './namespaces.js'
import { textAt, type XmlElement } from './xml.js'

/** A notification of a device (RFC 5277, section 4). */
export interface NetconfNotification {
  /** Without its module. */
  readonly name: string
  /** The name with its module, or with its namespace where the device does not name the module. */
  readonly qualifiedName: string
  readonly eventTime: string
  /** The same, µs since the epoch; undefined if the text cannot be read as a time. */
  readonly time: number | undefined
  readonly content: unknown
}

export function isNotification({ name, namespace }: XmlElement): boolean {
  return name === 'notification' && (namespace === NOTIFICATION || namespace === '')
}

export function notificationTime(message: XmlElement): number | undefined {
  return parseTime(textAt(message, 'eventTime') ?? '')
}

/** Reads a notification in steps. Throws TCN_NETCONF_MESSAGE. */
export function* readNotification(
  message: XmlElement,
  modules: ReadonlyMap<string, string>,
): Generator<undefined, NetconfNotification> {
  const event = contentElement(message)
  if (event === undefined) throw new TocsinError('TCN_NETCONF_MESSAGE', 'a notification has no content')
  return {
    name: event.name,
    qualifiedName: qualified(event, modules, ''),
    eventTime: textAt(message, 'eventTime') ?? '',
    time: notificationTime(message),
    content: event.children.length === 0 ? {} : yield* contentInSteps(event, modules),
  }
}

/** The element of the event. */
export function contentElement({ children }: XmlElement): XmlElement | undefined {
  return children.find(({ name }) => name !== 'eventTime')
}
