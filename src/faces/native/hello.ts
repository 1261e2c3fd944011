import type { PublisherApi } from '../../bus/api.js'
import type { Principal } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { type Hello, PROTOCOL_VERSION, type Welcome } from '../../protocols/native/protocol.js'
import type { Listener } from '../shared/listener.js'
import type { SessionKind } from '../shared/session-kind.js'
import { knownRefusals } from './known-refusals.js'
import type { SessionHost } from './peer.js'

const MAX_NAME = 128

/** Throws TCN_PROTOCOL_VERSION or TCN_PROTOCOL_BODY if a hello is not valid. */
export function checkHello({ version, producer, name }: Hello): void {
  if (version !== PROTOCOL_VERSION) {
    throw new TocsinError('TCN_PROTOCOL_VERSION', `version ${version} of the protocol is not supported`, {
      details: { version, supported: [PROTOCOL_VERSION] },
    })
  }
  if (producer !== undefined) checkName('producer', producer)
  if (name !== undefined) checkName('name', name)
}

function checkName(key: string, name: string): void {
  // A lone surrogate cannot be written as UTF-8, so the state store accepts no such key.
  if (name === '' || name.length > MAX_NAME || /[\p{Cc}\p{Surrogate}]/u.test(name)) {
    throw notValid(
      `hello: ${key} must be 1 to ${MAX_NAME} characters without control characters or lone surrogates`,
    )
  }
}

/**
 * Other hubs may have stored events of the producer that this one does not know of yet. An edge hub would take that for a
 * loss, and is sent away if it cannot be found out. Others are not: people look at the state of a hub then.
 */
export function whenCurrent<Identity>(
  { bus }: Pick<SessionHost, 'bus'>,
  { producer, edge }: Hello,
  identity: Identity | Promise<Identity>,
): Identity | Promise<Identity> {
  const known = producer === undefined ? undefined : bus.caughtUp()
  if (known === undefined) return identity
  return known.then(
    () => identity,
    (error) => (edge === undefined ? identity : Promise.reject(error)),
  )
}

/** Returns the number of the session that begins with a hello; undefined for one of the hub itself. */
export function beginSession(
  { sessions }: Pick<SessionHost, 'sessions'>,
  { address, isOwn }: Listener,
  { name }: Principal,
  kind: Pick<SessionKind, 'name'> | undefined,
): number | undefined {
  if (isOwn) return undefined
  const purpose = kind?.name ?? (address.startsWith('ws') ? 'websocket' : 'native')
  return sessions.begin(name, purpose, address)
}

/** The answer to a hello of this principal. */
export function welcomeOf(
  { bus, hub, largestFrame }: SessionHost,
  { name, source }: Principal,
  publisher?: Pick<PublisherApi, 'lastCounter' | 'refusals'>,
  { knows, edge }: Pick<Hello, 'knows' | 'edge'> = {},
): Welcome {
  return {
    version: PROTOCOL_VERSION,
    features: [],
    epoch: bus.epoch,
    source,
    largestFrame,
    lastCounter: publisher?.lastCounter ?? 0,
    ...(publisher && knownRefusals(publisher, edge === undefined ? knows : 0)),
    durable: bus.durable,
    principal: name,
    hub,
  }
}

export function notValid(message: string): TocsinError {
  return new TocsinError('TCN_PROTOCOL_BODY', message)
}

export function outOfOrder(what: string): TocsinError {
  return new TocsinError('TCN_PROTOCOL_ORDER', `not allowed here: ${what}`)
}
