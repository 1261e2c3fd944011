import { formatTime, parseTime } from '../../../event/position.js'
import { NOTIFICATION, STREAMS } from './namespaces.js'
import { type RpcReply, replyData } from './rpc.js'
import { childOf, escapeXml, textAt, type XmlElement } from './xml.js'

/** A stream of notifications of the device (RFC 5277, section 3.2). */
export interface NetconfStream {
  readonly name: string
  readonly description: string | undefined
  readonly hasReplay: boolean
  /** When the log for replay was created, µs since the epoch. */
  readonly logCreated: number | undefined
  /** The time of the last notification that is no longer in the log. */
  readonly logAged: number | undefined
}

export type NetconfFilter =
  /** XML elements, as text. */
  | { readonly subtree: string }
  | { readonly xpath: string; readonly namespaces: Readonly<Record<string, string>> }

export interface CreateSubscription {
  readonly stream?: string
  readonly filter?: NetconfFilter
  /** Notifications from this time on are replayed, µs since the epoch. */
  readonly start?: number
  readonly stop?: number
}

/** The way in which a device is asked for the notifications of a stream. */
export interface StreamProtocol {
  readonly name: 'RFC 5277' | 'RFC 8639'
  readonly getStreams: string
  readStreams(reply: RpcReply): NetconfStream[]
  subscribe(wanted: CreateSubscription): string
}

export const GET_STREAMS = `<get><filter type="subtree"><netconf xmlns="${STREAMS}"><streams/></netconf></filter></get>`

/** The names of the leaves of a stream, which differ between RFC 5277 and RFC 8639. */
interface StreamLeaves {
  readonly created: string
  readonly aged: string
  hasReplay(stream: XmlElement): boolean
}

export function readStreams(reply: RpcReply): NetconfStream[] {
  return readStreamList(childOf(childOf(replyData(reply), 'netconf'), 'streams'), {
    created: 'replayLogCreationTime',
    aged: 'replayLogAgedTime',
    hasReplay: (stream) => textAt(stream, 'replaySupport') === 'true',
  })
}

export function readStreamList(list: XmlElement | undefined, leaves: StreamLeaves): NetconfStream[] {
  return (list?.children ?? []).flatMap((stream) => {
    const name = stream.name === 'stream' ? textAt(stream, 'name') : undefined
    if (name === undefined) return []
    const time = (leaf: string) => parseTime(textAt(stream, leaf) ?? '')
    return [
      {
        name,
        description: textAt(stream, 'description'),
        hasReplay: leaves.hasReplay(stream),
        logCreated: time(leaves.created),
        logAged: time(leaves.aged),
      },
    ]
  })
}

/** The operation `create-subscription` (RFC 5277, section 2.1.1). */
export function createSubscription({ stream, filter, start, stop }: CreateSubscription): string {
  const parts = [
    stream && `<stream>${escapeXml(stream)}</stream>`,
    filter && filterText(filter),
    start !== undefined && `<startTime>${formatTime(start)}</startTime>`,
    stop !== undefined && `<stopTime>${formatTime(stop)}</stopTime>`,
  ]
  const content = parts.filter((part) => typeof part === 'string').join('')
  return `<create-subscription xmlns="${NOTIFICATION}">${content}</create-subscription>`
}

export const rfc5277: StreamProtocol = {
  name: 'RFC 5277',
  getStreams: GET_STREAMS,
  readStreams,
  subscribe: createSubscription,
}

/** The attributes have no namespace (RFC 6241, section 6.2), so the element decides about theirs by itself. */
function filterText(filter: NetconfFilter): string {
  if ('subtree' in filter) return `<filter type="subtree">${filter.subtree}</filter>`
  return `<filter type="xpath"${declarations(filter.namespaces)} select="${escapeXml(filter.xpath)}"/>`
}

/** Attributes that declare the prefixes of an XPath expression. */
export function declarations(namespaces: Readonly<Record<string, string>>): string {
  return Object.entries(namespaces)
    .map(([prefix, uri]) => ` xmlns:${prefix}="${escapeXml(uri)}"`)
    .join('')
}
