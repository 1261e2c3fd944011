import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import { unlessAborted } from './abort.js'
import { readAddress } from './address.js'
import { SysadmBridge } from './bridge.js'
import { SysadmConnection } from './connection.js'
import type { BridgeEvent } from './events.js'
import { keyOf, type SysadmLogin } from './login.js'
import type { SysadmKey } from './login-key.js'
import { type SessionOptions, SysadmSession } from './session.js'
import type { SysadmTls } from './tls.js'

const BRIDGE_PORT = 12149

/** Where a server is and how to log in. */
export interface AttachOptions {
  /** `wss://<host>:<port>`. Default ports: 12150, and 12149 for a bridge. */
  url: string
  login: SysadmLogin
  tls: SysadmTls
  runtime: Runtime
  timeout: number
  maxMessage: number
  signal?: AbortSignal
}

export interface AttachEvents {
  event: SessionOptions['event']
  /** Called once, when the server can no longer be reached. */
  closed(reason: string): void
}

/** A session with a server that is logged in. */
export interface Attachment {
  session: SysadmSession
  /** As the server calls itself. */
  hostname: string
  close(): void
}

/** Connects to a server and logs in. Rejects with TCN_SYSADM_CONNECT, …_CERTIFICATE, …_LOGIN or …_TIMEOUT. */
export async function attachDirectly(options: AttachOptions, events: AttachEvents): Promise<Attachment> {
  const { runtime, timeout, login } = options
  let connection: SysadmConnection | undefined
  const session = new SysadmSession({
    runtime,
    timeout,
    event: events.event,
    send: (text) => connection?.send(text),
  })
  let isAttached = false
  connection = await SysadmConnection.open(
    { ...options, address: readAddress(options.url) },
    {
      text: (text) => session.receive(text),
      closed: (reason) => {
        session.close(reason)
        if (isAttached) events.closed(reason)
      },
    },
  )
  connection.start()
  try {
    const { hostname } = await unlessAborted(logInto(session, login), options.signal)
    isAttached = true
    return { session, hostname, close: () => connection.close() }
  } catch (error) {
    connection.close()
    throw TocsinError.is(error, 'TCN_SYSADM_CLOSED') ? neverOpen(error) : error
  }
}

/** A server that refuses an address after failed logins accepts the connection, and closes it at once. */
function neverOpen(cause: TocsinError): TocsinError {
  return new TocsinError('TCN_SYSADM_CONNECT', `before the login: ${cause.message}`, { cause })
}

/** Resolves with the name of the server. */
async function logInto(session: SysadmSession, login: SysadmLogin): Promise<{ hostname: string }> {
  const { hostname, type } = await session.identify()
  if (type === 'bridge')
    throw new TocsinError('TCN_SYSADM_ADDRESS', 'this is a bridge: say so, and log in with a key')
  await session.logIn(login)
  return { hostname }
}

/** `bridgeKey`: the key for the bridge, if it is not that of the user. Throws TCN_SYSADM_LOGIN without a key. */
export function openBridge(
  options: AttachOptions & { bridgeKey?: SysadmKey },
  events: { peers(event: BridgeEvent): void; closed(reason: string): void },
): Promise<SysadmBridge> {
  const userKey = keyOf(options.login)
  if (userKey === undefined) throw new TocsinError('TCN_SYSADM_LOGIN', 'over a bridge only a key is accepted')
  const key = options.bridgeKey ?? userKey
  return SysadmBridge.open(
    { ...options, key, userKey, address: readAddress(options.url, BRIDGE_PORT) },
    events,
  )
}

/** Logs in to a server behind a bridge. */
export async function attachPeer(
  bridge: SysadmBridge,
  id: string,
  login: SysadmLogin,
  events: AttachEvents,
): Promise<Attachment> {
  let isAttached = false
  const session = bridge.session(id, events.event, (reason) => {
    if (isAttached) events.closed(reason)
  })
  try {
    const { hostname } = await logInto(session, login)
    isAttached = true
    return { session, hostname, close: () => bridge.leave(id) }
  } catch (error) {
    bridge.leave(id)
    throw error
  }
}

/** Connects to a bridge, and logs in to the server with this name behind it; without a name, to the only one. */
export async function attachThroughBridge(
  options: AttachOptions & { host?: string; bridgeKey?: SysadmKey },
  events: AttachEvents,
): Promise<Attachment> {
  let announced: (() => void) | undefined
  let isAttached = false
  const bridge = await openBridge(options, {
    peers: (event) => {
      announced?.()
      events.event(event, 0, false)
    },
    closed: (reason) => {
      announced?.()
      if (isAttached) events.closed(reason)
    },
  })
  const end = (reason: string): void => {
    bridge.close()
    events.closed(reason)
  }
  try {
    if (bridge.reachable.length === 0) {
      await new Promise<void>((resolve) => {
        const cancel = options.runtime.after(options.timeout, resolve)
        announced = () => {
          cancel()
          resolve()
        }
      })
    }
    const found = await peerNamed(bridge, options, {
      ...events,
      closed: (reason) => isAttached && end(reason),
    })
    isAttached = true
    return { ...found, close: () => bridge.close() }
  } catch (error) {
    bridge.close()
    throw error
  }
}

/** Time that a peer may take to say its name, ms. A bridge also names peers that have gone. */
const NAME_TIMEOUT = 10_000

/** Time that others may take after the first with the name that is looked for, ms. */
const SAME_NAME_TIMEOUT = 1_000

interface NamedPeer {
  id: string
  name: string | undefined
}

async function peerNamed(
  bridge: SysadmBridge,
  { host, login, timeout, runtime }: AttachOptions & { host?: string },
  events: AttachEvents,
): Promise<Attachment> {
  if (host !== undefined && bridge.reachable.includes(host)) return attachPeer(bridge, host, login, events)
  const names = bridge.reachable.map(
    async (id): Promise<NamedPeer> => ({
      id,
      name: await nameOf(bridge, id, Math.min(timeout, NAME_TIMEOUT)),
    }),
  )
  const found = host === undefined ? [] : await peersOfName(host, names, runtime)
  if (found.length === 1) return attachPeer(bridge, found[0], login, events)
  if (found.length > 1) {
    const ids = found.join(', ')
    throw new TocsinError(
      'TCN_SYSADM_PEER',
      `several servers are called '${host}'; name one by its id: ${ids}`,
    )
  }
  const servers = (await Promise.all(names)).filter(({ name }) => name !== undefined)
  if (host === undefined && servers.length === 1) return attachPeer(bridge, servers[0].id, login, events)
  const seen = servers.map(({ name }) => name)
  const known = seen.length === 0 ? 'none answers' : `it reaches ${seen.join(', ')}`
  const wanted =
    host === undefined ? 'name one of the servers of the bridge' : `the bridge does not reach '${host}'`
  throw new TocsinError('TCN_SYSADM_PEER', `${wanted}: ${known}`, { details: { servers: seen } })
}

/** Returns the ids of the peers with this name, in the order of their answers. */
async function peersOfName(
  host: string,
  names: readonly Promise<NamedPeer>[],
  runtime: Runtime,
): Promise<string[]> {
  const found: string[] = []
  const searches = names.map(async (peer) => {
    const { id, name } = await peer
    return name === host ? found.push(id) : Promise.reject()
  })
  await Promise.any(searches).catch(() => undefined)
  await new Promise<void>((resolve) => {
    const cancel = runtime.after(SAME_NAME_TIMEOUT, resolve)
    void Promise.allSettled(searches).then(() => {
      cancel()
      resolve()
    })
  })
  return found
}

/** Undefined for a peer that does not answer. */
async function nameOf(bridge: SysadmBridge, id: string, timeout: number): Promise<string | undefined> {
  const session = bridge.session(
    id,
    () => {},
    () => {},
  )
  try {
    return (await session.identify(timeout)).hostname
  } catch {
    return undefined
  } finally {
    bridge.leave(id)
  }
}
