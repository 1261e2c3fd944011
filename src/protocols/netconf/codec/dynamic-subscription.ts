import { formatTime, parseTime } from '../../../event/position.js'
import { DATASTORES, SUBSCRIBED, YANG_PUSH } from './namespaces.js'
import { type RpcReply, replyData } from './rpc.js'
import {
  type CreateSubscription,
  declarations,
  type NetconfFilter,
  readStreamList,
  type StreamProtocol,
} from './subscription.js'
import { childOf, escapeXml, textAt, type XmlElement } from './xml.js'

/** A part of a datastore that the device sends by itself (RFC 8641). */
export interface PushRequest {
  readonly datastore: string
  readonly filter: NetconfFilter
  /** Hundredths of a second. */
  readonly trigger: { readonly period: number } | { readonly dampening: number }
}

export interface Established {
  readonly id: number | undefined
  /** The replay begins only there, µs since the epoch. */
  readonly start: number | undefined
}

/** A subscription of any session of a device. */
export interface ListedSubscription {
  readonly id: number
  /** The stream or the datastore. */
  readonly of?: string
  readonly state?: string
  readonly receivers: readonly string[]
}

export const GET_SUBSCRIPTIONS = `<get><filter type="subtree"><subscriptions xmlns="${SUBSCRIBED}"/></filter></get>`

const GET_STREAMS = `<get><filter type="subtree"><streams xmlns="${SUBSCRIBED}"/></filter></get>`

/** The operation `establish-subscription` for a stream (RFC 8639, section 2.4.2). */
export function establishStream({ stream = 'NETCONF', filter, start, stop }: CreateSubscription): string {
  const parts = [
    filter && filterText('stream', filter),
    `<stream>${escapeXml(stream)}</stream>`,
    start !== undefined && `<replay-start-time>${formatTime(start)}</replay-start-time>`,
    stop !== undefined && `<stop-time>${formatTime(stop)}</stop-time>`,
  ]
  return `<establish-subscription xmlns="${SUBSCRIBED}">${parts.filter((part) => typeof part === 'string').join('')}</establish-subscription>`
}

/** The operation `establish-subscription` for a datastore (RFC 8641, section 3.6). */
export function establishPush(push: PushRequest): string {
  return `<establish-subscription xmlns="${SUBSCRIBED}" xmlns:yp="${YANG_PUSH}">${pushText(push)}</establish-subscription>`
}

/** A subscription that is suspended begins again if the device accepts it (RFC 8639, section 2.4.3). */
export function modifyPush(id: number, push: PushRequest): string {
  return `<modify-subscription xmlns="${SUBSCRIBED}" xmlns:yp="${YANG_PUSH}"><id>${id}</id>${pushText(push)}</modify-subscription>`
}

/** Ends a subscription of the same session. */
export function deleteSubscription(id: number): string {
  return `<delete-subscription xmlns="${SUBSCRIBED}"><id>${id}</id></delete-subscription>`
}

/** Ends a subscription of any session, if the user may. */
export function killSubscription(id: number): string {
  return `<kill-subscription xmlns="${SUBSCRIBED}"><id>${id}</id></kill-subscription>`
}

/** Asks for the whole state once more (RFC 8641, section 4.4.5). */
export function resyncSubscription(id: number): string {
  return `<resync-subscription xmlns="${YANG_PUSH}"><id>${id}</id></resync-subscription>`
}

function pushText({ datastore, filter, trigger }: PushRequest): string {
  const when =
    'period' in trigger
      ? `<yp:periodic><yp:period>${trigger.period}</yp:period></yp:periodic>`
      : `<yp:on-change><yp:dampening-period>${trigger.dampening}</yp:dampening-period></yp:on-change>`
  return `<yp:datastore xmlns:ds="${DATASTORES}">ds:${escapeXml(datastore)}</yp:datastore>${filterText('yp:datastore', filter)}${when}`
}

function filterText(of: 'stream' | 'yp:datastore', filter: NetconfFilter): string {
  if ('subtree' in filter) return `<${of}-subtree-filter>${filter.subtree}</${of}-subtree-filter>`
  return `<${of}-xpath-filter${declarations(filter.namespaces)}>${escapeXml(filter.xpath)}</${of}-xpath-filter>`
}

export function readEstablished({ element }: RpcReply): Established {
  return {
    id: readId(element),
    start: parseTime(textAt(element, 'replay-start-time-revision') ?? ''),
  }
}

/** The number of a subscription, in a reply and in notifications. */
export function readId(element: XmlElement): number | undefined {
  const text = textAt(element, 'id')
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

export function readSubscriptions(reply: RpcReply): ListedSubscription[] {
  const listed = childOf(replyData(reply), 'subscriptions')?.children ?? []
  return listed.filter(({ name }) => name === 'subscription').flatMap(readSubscription)
}

function readSubscription(element: XmlElement): ListedSubscription[] {
  const id = readId(element)
  if (id === undefined) return []
  const receivers = childOf(element, 'receivers')?.children ?? []
  const states = receivers.flatMap((receiver) => textAt(receiver, 'state') ?? [])
  const target = textAt(element, 'stream') ?? withoutPrefix(textAt(element, 'datastore'))
  const [state = withoutPrefix(textAt(element, 'configured-subscription-state'))] = states
  return [
    {
      id,
      ...(target !== undefined && { of: target }),
      ...(state !== undefined && { state }),
      receivers: receivers.flatMap((receiver) => textAt(receiver, 'name') ?? []),
    },
  ]
}

/** An identity may have the prefix of its module. */
export function withoutPrefix(identity: string | undefined): string | undefined {
  return identity?.replace(/^[\w.-]+:/, '')
}

export const rfc8639: StreamProtocol = {
  name: 'RFC 8639',
  getStreams: GET_STREAMS,
  readStreams(reply) {
    return readStreamList(childOf(replyData(reply), 'streams'), {
      created: 'replay-log-creation-time',
      aged: 'replay-log-aged-time',
      hasReplay: (stream) => childOf(stream, 'replay-support') !== undefined,
    })
  },
  subscribe: establishStream,
}
