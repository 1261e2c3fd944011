import { TocsinError } from '../../errors/tocsin-error.js'
import { finished } from '../../incremental/steps.js'
import { streams as listedStreams } from '../../methods/results/streams.js'
import { BASE, NOTIFICATION, SUBSCRIBED } from '../../protocols/netconf/codec/namespaces.js'
import { attributeOf, childOf, readXml, type XmlElement, xmlText } from '../../protocols/netconf/codec/xml.js'
import { changeText } from '../../protocols/netconf/server/notification.js'
import { fault, OK } from '../../protocols/netconf/server/rpc.js'
import {
  type ServerStream,
  type ServerSubscription,
  stateText,
} from '../../protocols/netconf/server/state.js'
import {
  readCreate,
  readEstablish,
  readModify,
  readNumber,
} from '../../protocols/netconf/server/subscription-request.js'
import { filterOfPath, selected } from '../../protocols/netconf/server/subtree.js'
import { callMethod } from '../shared/call-method.js'
import type { OpenSession, OpenSessions } from './open-session.js'
import { unknownSubscription } from './subscriptions.js'

/** Subscriptions that an answer lists. */
const MAX_LISTED = 1000

export interface RpcAnswer {
  /** The content of the reply. */
  readonly content: string
  /** Done when the reply is sent. */
  readonly afterwards?: () => void
}

type Operation = (
  session: OpenSession,
  operation: XmlElement,
  context: OpenSessions,
) => RpcAnswer | Promise<RpcAnswer>

const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [`${BASE} get`, get],
  [`${BASE} get-config`, getConfig],
  [`${BASE} close-session`, closeSession],
  [`${BASE} kill-session`, killSession],
  [`${NOTIFICATION} create-subscription`, create],
  [`${SUBSCRIBED} establish-subscription`, establish],
  [`${SUBSCRIBED} modify-subscription`, modify],
  [`${SUBSCRIBED} delete-subscription`, deleteSubscription],
  [`${SUBSCRIBED} kill-subscription`, killSubscription],
])

/** Throws TCN_NETCONF_REQUEST for any other operation. */
export function operationOf({ name, namespace }: XmlElement): Operation {
  const operation = operations.get(`${namespace || BASE} ${name}`)
  if (operation !== undefined) return operation
  throw fault('operation-not-supported', `this server does not support ${name.slice(0, 80)}`)
}

// ---- data

async function get(session: OpenSession, operation: XmlElement, context: OpenSessions): Promise<RpcAnswer> {
  const [streams, subscriptions] = [await streamsFor(session, context), subscriptionsFor(session, context)]
  const data = finished(readXml(Buffer.from(`<data>${stateText(streams, subscriptions)}</data>`)))
  const wanted = selectedBy(childOf(operation, 'filter'), data.children)
  return { content: `<data>${wanted.map((each) => xmlText(each, BASE)).join('')}</data>` }
}

/** All data of this server is state. */
function getConfig(_session: OpenSession, operation: XmlElement): RpcAnswer {
  const [source] = childOf(operation, 'source')?.children ?? []
  if (source === undefined) throw fault('missing-element', 'a source is needed', { element: 'source' })
  if (source.name !== 'running')
    throw fault('invalid-value', 'the only datastore is running', { element: source.name })
  return { content: '<data/>' }
}

function selectedBy(filter: XmlElement | undefined, data: readonly XmlElement[]): readonly XmlElement[] {
  if (filter === undefined) return data
  if (attributeOf(filter, 'type') !== 'xpath') return selected(data, filter.children)
  const select = attributeOf(filter, 'select')
  if (select === undefined) throw fault('missing-attribute', 'select is needed', { element: 'filter' })
  return selected(data, filterOfPath(select))
}

/** A principal that sees no events has no streams. */
async function streamsFor(
  { principal, id: usid, place: address }: OpenSession,
  { host }: OpenSessions,
): Promise<ServerStream[]> {
  const { methods, access } = host
  const { signal } = new AbortController()
  const call = { principal, face: 'netconf', address, usid, signal, part: async () => {} }
  const listed = await callMethod({ methods, authorize: access.authorize }, 'streams.list', {}, call).catch(
    (error) => {
      if (TocsinError.is(error, 'TCN_ACCESS_DENIED')) return { streams: [] }
      throw error
    },
  )
  const { streams } = listedStreams.parse(listed)
  return streams.map(({ firstTime: since, ...stream }) => ({
    ...stream,
    ...(since !== undefined && { since }),
  }))
}

function subscriptionsFor(session: OpenSession, { host, sessions }: OpenSessions): ServerSubscription[] {
  const seesAll = host.access.authorize(session.principal, 'monitor')
  const shown = [...sessions.values()].filter((each) => seesAll || each.principal === session.principal)
  return shown.flatMap(({ subscriptions }) => subscriptions.list()).slice(0, MAX_LISTED)
}

// ---- subscriptions

async function create(
  session: OpenSession,
  operation: XmlElement,
  { host }: OpenSessions,
): Promise<RpcAnswer> {
  const start = await session.subscriptions.create(readCreate(operation, host.runtime.now()))
  return { content: OK, afterwards: start }
}

async function establish(
  session: OpenSession,
  operation: XmlElement,
  { host }: OpenSessions,
): Promise<RpcAnswer> {
  const { id, start } = await session.subscriptions.establish(readEstablish(operation, host.runtime.now()))
  return { content: `<id xmlns="${SUBSCRIBED}">${id}</id>`, afterwards: start }
}

async function modify(
  session: OpenSession,
  operation: XmlElement,
  { host }: OpenSessions,
): Promise<RpcAnswer> {
  const start = await session.subscriptions.modify(readModify(operation, host.runtime.now()))
  return { content: OK, afterwards: start }
}

function deleteSubscription(session: OpenSession, operation: XmlElement): RpcAnswer {
  session.subscriptions.delete(readNumber(operation, 'id'))
  return { content: OK }
}

/** Ends a subscription of another session, and notifies its client. */
function killSubscription(session: OpenSession, operation: XmlElement, context: OpenSessions): RpcAnswer {
  const id = readNumber(operation, 'id')
  const holder = [...context.sessions.values()].find(({ subscriptions }) => subscriptions.has(id))
  if (holder === undefined) throw unknownSubscription(id)
  checkMayEnd(session, holder, context)
  holder.subscriptions.delete(id)
  holder.send(
    context.notify(changeText('subscription-terminated', id, '<reason>no-such-subscription</reason>')),
  )
  return { content: OK }
}

// ---- sessions

function closeSession(session: OpenSession): RpcAnswer {
  return { content: OK, afterwards: () => session.end({ reason: 'closed' }) }
}

function killSession(session: OpenSession, operation: XmlElement, context: OpenSessions): RpcAnswer {
  const id = readNumber(operation, 'session-id')
  const other = context.sessions.get(id)
  if (other === undefined || other === session)
    throw fault('invalid-value', `there is no other session ${id}`, { element: 'session-id' })
  checkMayEnd(session, other, context)
  return { content: OK, afterwards: () => other.end({ reason: 'killed', killedBy: session.id }) }
}

/** A principal may end its own sessions; those of others only with the right to change the hub. */
function checkMayEnd(by: OpenSession, other: OpenSession, { host }: OpenSessions): void {
  if (by.principal === other.principal || host.access.authorize(by.principal, 'admin')) return
  throw fault('access-denied', 'the session is that of another principal')
}
