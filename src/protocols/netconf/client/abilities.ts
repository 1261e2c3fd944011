import { TocsinError } from '../../../errors/tocsin-error.js'
import { SharedValues } from '../../transport/shared-values.js'
import { rfc8639 } from '../codec/dynamic-subscription.js'
import { supports } from '../codec/hello.js'
import { SUBSCRIBED, YANG_PUSH } from '../codec/namespaces.js'
import type { RpcReply } from '../codec/rpc.js'
import { type NetconfStream, rfc5277, type StreamProtocol } from '../codec/subscription.js'
import { GET_MODULES, readModules } from '../codec/yang-library.js'
import type { NetconfSession } from './session.js'

const libraries = new SharedValues<ReadonlyMap<string, string>>()

export interface DeviceAbilities {
  /** Names of YANG modules by their namespaces. */
  readonly modules: ReadonlyMap<string, string>
  /** Undefined if the device sends no notifications. */
  readonly protocol: StreamProtocol | undefined
  /** It sends parts of its datastores by itself (RFC 8641). */
  readonly pushes: boolean
}

/** Subscriptions of RFC 8639 are used where the device has them. Modules of YANG 1.1 are in its library only. */
export async function abilitiesOf(session: NetconfSession): Promise<DeviceAbilities> {
  const { hello } = session
  const hasLibrary = supports(hello, 'yangLibrary10') || supports(hello, 'yangLibrary11')
  const inLibrary = hasLibrary ? await libraryOf(session) : new Map<string, string>()
  const isListed = (namespace: string): boolean =>
    inLibrary.has(namespace) ||
    hello.capabilities.some((uri) => uri === namespace || uri.startsWith(`${namespace}?`))
  const isDynamic = isListed(SUBSCRIBED)
  const protocol = isDynamic ? rfc8639 : supports(hello, 'notification') ? rfc5277 : undefined
  return {
    modules: inLibrary.size === 0 ? hello.modules : withLibrary(hello.modules, inLibrary),
    protocol,
    pushes: isDynamic && isListed(YANG_PUSH),
  }
}

function withLibrary(...lists: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  const all = new Map(lists.flatMap((list) => [...list]))
  return libraries.of([...all].flat(), () => all)
}

/** A library that is too long to read does not come. */
async function libraryOf(session: NetconfSession): Promise<ReadonlyMap<string, string>> {
  const reply = await ifAnswered(session.request('the list of modules', GET_MODULES), [
    'TCN_NETCONF_REFUSED',
    'TCN_NETCONF_TIMEOUT',
  ])
  return reply === undefined ? new Map() : readModules(reply)
}

/** Empty if the device does not say what streams it has. */
export async function streamsOf(
  session: NetconfSession,
  { getStreams, readStreams }: StreamProtocol,
): Promise<NetconfStream[]> {
  const reply = await ifAnswered(session.request('the list of streams', getStreams), ['TCN_NETCONF_REFUSED'])
  return reply === undefined ? [] : readStreams(reply)
}

function ifAnswered(
  request: Promise<RpcReply>,
  codes: readonly TocsinError['code'][],
): Promise<RpcReply | undefined> {
  return request.catch((error) => {
    if (codes.some((code) => TocsinError.is(error, code))) return undefined
    throw error
  })
}
