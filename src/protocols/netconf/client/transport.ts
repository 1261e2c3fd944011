import type { Duplex } from 'node:stream'
import type { Address } from '../../../config/values/address.js'
import type { Runtime } from '../../../event/runtime.js'

/** A connection to a device whose identity was checked, and that has accepted the login. */
export interface NetconfTransport {
  readonly stream: Duplex
  /** The fingerprint by which the device is known. */
  readonly fingerprint: string
  /** Ends the connection without waiting for the device. */
  destroy(): void
}

export interface LoginOptions {
  readonly runtime: Runtime
  /** Until the device has accepted the login, ms. */
  readonly timeout: number
  readonly signal: AbortSignal
}

export interface NetconfDial extends LoginOptions {
  readonly address: Address
}

/** A device that says nothing for three of these is given up, ms. */
export const KEEPALIVE_MS = 10_000
