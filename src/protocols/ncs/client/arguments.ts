import { TocsinError } from '../../../errors/tocsin-error.js'
import type { LagPolicy } from '../../native/protocol.js'
import type { TlsOptions } from '../../transport/tls-options.js'
import { AF_INET, AF_INET6, AF_UNIX } from '../constants/address-families.js'
import { NOTIF_HEALTH_CHECK, NOTIF_HEARTBEAT, NOTIF_STREAM_EVENT } from '../constants/events.js'
import { PER_SUBSCRIBER } from '../constants/mask.js'

export type AddressFamily = typeof AF_UNIX | typeof AF_INET | typeof AF_INET6

/** Where a hub listens, and who connects. */
export interface HubAddress {
  /** With `AF_INET` and `AF_INET6`: address and port. */
  ip?: string
  port?: number
  /** With `AF_UNIX`: path of the socket. */
  path?: string
  /** Default: TOCSIN_TOKEN of the environment. */
  token?: string
  /**
   * Name of this program in the hub's lists; default: its file name and process id. What a program with the same name and
   * principal changes does not wait for its answers.
   */
  name?: string
  /** TLS over `AF_INET` and `AF_INET6`; `{}` trusts the authorities of the system. Default: without TLS. */
  tls?: TlsOptions
}

/** The notifications that a program subscribes to, and the address of the hub. */
export interface SubscriptionOptions extends HubAddress {
  mask: number
  /**
   * The treatment of a program that does not read fast enough. Default: it is served from the log, and disconnected
   * when it takes nothing for 15 s. `catch-up`: it is not disconnected. `skip`: the hub drops the oldest
   * notifications and does not disconnect it; not for notifications that wait. `disconnect`: at once when it has to
   * be served from the log.
   */
  lag?: LagPolicy
}

const LAG_POLICIES: readonly unknown[] = [undefined, 'catch-up', 'skip', 'disconnect']
const MAX_MASK = 0xffff_ffff

/** Bit 31 makes a mask negative that was built with `|`; it is read as it was meant. Throws TCN_NCS_ARGUMENT. */
export function checkMask(mask: number): number {
  if (Number.isInteger(mask) && mask !== 0 && mask >= -0x8000_0000 && mask <= MAX_MASK) return mask >>> 0
  throw argumentError(`${String(mask)} is no mask of notifications`)
}

/** Throws TCN_NCS_ARGUMENT. */
export function checkLag(lag: unknown): void {
  if (LAG_POLICIES.includes(lag)) return
  throw argumentError(`${String(lag)} is no lag policy: catch-up, skip and disconnect are`)
}

/** Throws TCN_NCS_ARGUMENT if the mask has types that need data of their own. */
export function checkWithoutData(mask: number): void {
  if ((mask & PER_SUBSCRIBER) === 0) return
  throw argumentError('HEARTBEAT, HEALTH_CHECK and STREAM_EVENT need notificationsConnect2')
}

/** The part of NotificationsData that a mask can need. */
interface SubscriptionData {
  readonly heartbeatInterval: number | undefined
  readonly healthCheckInterval: number | undefined
  readonly streamName: string | undefined
}

/** Throws TCN_NCS_ARGUMENT if the data lacks what a type of the mask needs. */
export function checkData(mask: number, data: SubscriptionData): void {
  if ((mask & NOTIF_HEARTBEAT) !== 0 && data.heartbeatInterval === undefined)
    throw argumentError('NOTIF_HEARTBEAT needs heartbeatInterval')
  if ((mask & NOTIF_HEALTH_CHECK) !== 0 && data.healthCheckInterval === undefined)
    throw argumentError('NOTIF_HEALTH_CHECK needs healthCheckInterval')
  if ((mask & NOTIF_STREAM_EVENT) !== 0 && data.streamName === undefined)
    throw argumentError('NOTIF_STREAM_EVENT needs streamName')
}

/** Throws TCN_NCS_ARGUMENT if the address does not fit the family of the socket. */
export function checkAddress(family: AddressFamily, { ip, port, path, tls }: HubAddress): void {
  if (family === AF_UNIX) {
    if (tls !== undefined) throw argumentError('tls is for AF_INET and AF_INET6')
    if (typeof path !== 'string' || path === '') throw argumentError('AF_UNIX needs a path')
    return
  }
  if (typeof ip !== 'string' || ip === '') throw argumentError('AF_INET and AF_INET6 need an ip')
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw argumentError('AF_INET and AF_INET6 need a port')
}

export function checkFamily(family: number): AddressFamily {
  if (family === AF_UNIX || family === AF_INET || family === AF_INET6) return family
  throw argumentError(`${String(family)} is no family of addresses: AF_UNIX, AF_INET and AF_INET6 are`)
}

export function argumentError(message: string): TocsinError {
  return new TocsinError('TCN_NCS_ARGUMENT', message)
}
