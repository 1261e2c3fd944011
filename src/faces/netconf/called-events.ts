import type { Socket } from 'node:net'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { AF_INET, AF_INET6 } from '../../protocols/ncs/constants/address-families.js'
import type { CallHomeEvent } from '../../types/call-home-types.js'
import type { FaceHost } from '../face.js'

const HOUR_MS = 3_600_000
/** Unknown keys that are reported in an hour, each once; further ones are only counted. */
const MAX_UNKNOWN = 100
const MINUTE_MS = 60_000
/** Sessions of one device that may begin in a minute. */
const MAX_CALLS = 10

type CallState = CallHomeEvent['state']
/** Where a device has called from. */
export type CallerAddress = Pick<CallHomeEvent, 'transport' | 'af' | 'ip4' | 'ip6' | 'port'>
/** The key or the certificate that it has shown. */
export type CalledKey = Pick<CallHomeEvent, 'fingerprint' | 'ssh_key_alg' | 'ssh_host_key'>

/** An IPv4 address that a socket for both families reports is written as one of IPv6. */
export function callerOf(transport: CallerAddress['transport'], socket: Socket): CallerAddress {
  const { remoteAddress = '', remotePort: port = 0 } = socket
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress) ?? []
  const ip4 = mapped ?? (remoteAddress.includes(':') ? undefined : remoteAddress)
  return ip4 === undefined
    ? { transport, af: AF_INET6, ip6: remoteAddress.replace(/%.*$/, ''), port }
    : { transport, af: AF_INET, ip4, port }
}

/** Publishes which devices call home, within limits. */
export class CalledEvents {
  readonly #host: Pick<FaceHost, 'publish' | 'reports' | 'runtime'>
  readonly #unknown: RecentCounts
  /** By the name of the device: its calls of this minute. */
  readonly #calls: RecentCounts

  constructor(host: Pick<FaceHost, 'publish' | 'reports' | 'runtime'>) {
    this.#host = host
    this.#unknown = new RecentCounts(host.runtime, HOUR_MS)
    this.#calls = new RecentCounts(host.runtime, MINUTE_MS)
  }

  /** Returns whether a session may begin. */
  admits(device: string): boolean {
    if (this.#calls.add(device) <= MAX_CALLS) return true
    this.refused(new TocsinError('TCN_NETCONF_CALL_HOME', `${device} has called home too often`))
    return false
  }

  known(state: Exclude<CallState, 'unknown'>, device: string, caller: CallerAddress, key: CalledKey): void {
    this.#publish({ state, device, ...caller, ...key })
  }

  /** The key is not proven yet, and may be that of another device. */
  unknown(caller: CallerAddress, key: CalledKey): void {
    if (this.#unknown.size >= MAX_UNKNOWN && !this.#unknown.has(key.fingerprint))
      this.refused(new TocsinError('TCN_NETCONF_HOST_KEY', 'unknown devices call home'))
    else if (this.#unknown.add(key.fingerprint) === 1) this.#publish({ state: 'unknown', ...caller, ...key })
  }

  refused(error: TocsinError): void {
    this.#host.reports.refused(error, { principal: undefined, listener: 'call-home' })
  }

  #publish(data: CallHomeEvent): void {
    this.#host.publish({ tag: `hub/call-home/${data.state}`, data })
  }
}

/** Counts what happens under each name, until the time since the first is over. */
class RecentCounts {
  readonly #runtime: Pick<Runtime, 'monotonic'>
  readonly #ms: number
  /** Oldest first. */
  readonly #counts = new Map<string, { count: number; since: number }>()

  constructor(runtime: Pick<Runtime, 'monotonic'>, ms: number) {
    this.#runtime = runtime
    this.#ms = ms
  }

  get size(): number {
    this.#forget()
    return this.#counts.size
  }

  has(name: string): boolean {
    return this.#counts.has(name)
  }

  add(name: string): number {
    this.#forget()
    const counted = this.#counts.get(name) ?? { count: 0, since: this.#runtime.monotonic() }
    this.#counts.set(name, counted)
    return ++counted.count
  }

  #forget(): void {
    const oldest = this.#runtime.monotonic() - this.#ms
    for (const [name, { since }] of this.#counts) {
      if (since > oldest) return
      this.#counts.delete(name)
    }
  }
}
