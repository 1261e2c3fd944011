import { parseTime } from '../../../event/position.js'
import { NOTIFICATION, SUBSCRIBED } from '../codec/namespaces.js'
import { attributeOf, childOf, textAt, type XmlElement } from '../codec/xml.js'
import { fault } from './rpc.js'
import { subtreeXPath } from './subtree.js'

/** The wishes of a client for a stream. Times are µs since the epoch. */
export interface SubscriptionRequest {
  readonly stream: string
  readonly xpath?: string
  readonly start?: number
  readonly stop?: number
}

/** The changes of a subscription (RFC 8639, section 2.4.3). */
export interface ModifyRequest {
  readonly id: number
  readonly xpath?: string
  readonly stop?: number
}

const USUAL = 'NETCONF'
const MAX_ID = 4_294_967_295

/** Reads `create-subscription` (RFC 5277, section 2.1.1). Throws TCN_NETCONF_REQUEST. */
export function readCreate(operation: XmlElement, now: number): SubscriptionRequest {
  allow(operation, NOTIFICATION, ['stream', 'filter', 'startTime', 'stopTime'])
  const filter = childOf(operation, 'filter')
  const start = timeAt(operation, 'startTime')
  const stop = timeAt(operation, 'stopTime')
  if (start === undefined && stop !== undefined)
    throw fault('missing-element', 'stopTime needs startTime', { element: 'startTime' })
  checkTimes({ start, stop, now }, { start: 'startTime', stop: 'stopTime' })
  return {
    stream: textAt(operation, 'stream') ?? USUAL,
    ...(filter && { xpath: readFilter(filter) }),
    ...(start !== undefined && { start }),
    ...(stop !== undefined && { stop }),
  }
}

/** Reads `establish-subscription` (RFC 8639, section 2.4.2). Throws TCN_NETCONF_REQUEST. */
export function readEstablish(operation: XmlElement, now: number): SubscriptionRequest {
  if (childOf(operation, 'datastore') !== undefined)
    throw fault('operation-not-supported', 'this server has no datastores to push')
  allow(operation, SUBSCRIBED, ['stream', ...filterNames, 'replay-start-time', 'stop-time', 'encoding'])
  checkEncoding(operation)
  const start = timeAt(operation, 'replay-start-time')
  const stop = timeAt(operation, 'stop-time')
  checkTimes({ start, stop, now }, { start: 'replay-start-time', stop: 'stop-time' })
  const stream = textAt(operation, 'stream')
  if (stream === undefined) throw fault('missing-element', 'a stream is needed', { element: 'stream' })
  return {
    stream,
    ...streamFilter(operation),
    ...(start !== undefined && { start }),
    ...(stop !== undefined && { stop }),
  }
}

/** Reads `modify-subscription`. Throws TCN_NETCONF_REQUEST. */
export function readModify(operation: XmlElement, now: number): ModifyRequest {
  allow(operation, SUBSCRIBED, ['id', ...filterNames, 'stop-time'])
  const stop = timeAt(operation, 'stop-time')
  checkTimes({ stop, now }, { start: '', stop: 'stop-time' })
  return { id: readNumber(operation, 'id'), ...streamFilter(operation), ...(stop !== undefined && { stop }) }
}

/** The number of a subscription or of a session. Throws TCN_NETCONF_REQUEST. */
export function readNumber(operation: XmlElement, name: string): number {
  const text = textAt(operation, name)
  if (text === undefined) throw fault('missing-element', `${name} is needed`, { element: name })
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= 1 && number <= MAX_ID) return number
  throw fault('invalid-value', `${JSON.stringify(text.slice(0, 40))} is no number of that kind`, {
    element: name,
  })
}

const filterNames = ['stream-subtree-filter', 'stream-xpath-filter']

function streamFilter(operation: XmlElement): { xpath?: string } {
  const [subtree, xpath] = filterNames.map((name) => childOf(operation, name))
  if (subtree !== undefined && xpath !== undefined)
    throw fault('bad-element', 'a subscription has one filter', { element: 'stream-xpath-filter' })
  if (subtree !== undefined) return { xpath: subtreeXPath(subtree) }
  return xpath === undefined ? {} : { xpath: xpath.text.trim() }
}

/** The filter of RFC 6241 as an XPath expression over the XML view of events. */
function readFilter(filter: XmlElement): string {
  const type = attributeOf(filter, 'type') ?? 'subtree'
  if (type === 'subtree') return subtreeXPath(filter)
  if (type !== 'xpath')
    throw fault('invalid-value', 'a filter is of the type subtree or xpath', { element: 'filter' })
  const select = attributeOf(filter, 'select')
  if (select !== undefined) return select
  throw fault('missing-attribute', 'a filter of the type xpath needs select', { element: 'filter' })
}

function checkEncoding(operation: XmlElement): void {
  const encoding = textAt(operation, 'encoding')?.replace(/^[\w.-]+:/, '')
  if (encoding === undefined || encoding === 'encode-xml') return
  const appTag = 'ietf-subscribed-notifications:encoding-unsupported'
  throw fault('invalid-value', 'the encoding is XML', { element: 'encoding', appTag })
}

interface AskedTimes {
  readonly start?: number
  readonly stop?: number
  readonly now: number
}

function checkTimes({ start, stop, now }: AskedTimes, names: { start: string; stop: string }): void {
  if (start !== undefined && start > now)
    throw fault('bad-element', `${names.start} is in the future`, { element: names.start })
  if (stop !== undefined && stop <= (start ?? now))
    throw fault('bad-element', `${names.stop} is too early`, { element: names.stop })
}

function timeAt(operation: XmlElement, name: string): number | undefined {
  const text = textAt(operation, name)
  if (text === undefined) return undefined
  const time = parseTime(text)
  if (time !== undefined) return time
  throw fault('bad-element', `${name} is no time with a zone (RFC 3339)`, { element: name })
}

/** Refuses what this server does not know, since it would not do what was asked for. */
function allow({ children }: XmlElement, namespace: string, names: readonly string[]): void {
  const known = (child: XmlElement) =>
    names.includes(child.name) && (child.namespace === namespace || child.namespace === '')
  const strange = children.find((child) => !known(child))
  if (strange !== undefined)
    throw fault('unknown-element', `${strange.name} is not supported here`, { element: strange.name })
}
