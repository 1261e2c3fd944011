import { isIPv6 } from 'node:net'
import { TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'

/** Failures that an address may have in one window, and how long that is, ms. */
const MOST = 20
const WINDOW = 60_000
const MAX_ADDRESSES = 10_000

interface Failures {
  count: number
  /** monotonic, ms */
  until: number
}

/** Counts failed attempts by address. A peer on a unix socket has none, and is not counted. */
export class Attempts {
  readonly #runtime: Runtime
  readonly #byAddress = new Map<string, Failures>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Throws TCN_ACCESS_TRIES while there were too many: asked before work is spent on another. */
  check(address: string | undefined): void {
    const failures = this.#of(address)
    if (failures === undefined || failures.count < MOST) return
    const seconds = Math.ceil((failures.until - this.#runtime.monotonic()) / 1000)
    throw new TocsinError('TCN_ACCESS_TRIES', `too many failed attempts; try again in ${seconds} s`, {
      details: { retryAfter: seconds },
    })
  }

  /** Throws TCN_ACCESS_TOKEN, or TCN_ACCESS_TRIES when this was one too many. */
  fail(address: string | undefined, why?: string): never {
    this.check(address)
    this.#count(address)
    throw new TocsinError('TCN_ACCESS_TOKEN', why)
  }

  #of(address: string | undefined): Failures | undefined {
    if (address === undefined) return undefined
    const failures = this.#byAddress.get(placeOf(address))
    return failures !== undefined && failures.until > this.#runtime.monotonic() ? failures : undefined
  }

  #count(address: string | undefined): void {
    if (address === undefined) return
    const failures = this.#of(address)
    if (failures !== undefined) {
      failures.count++
      return
    }
    const place = placeOf(address)
    this.#byAddress.delete(place)
    if (this.#byAddress.size >= MAX_ADDRESSES) {
      const [oldest] = this.#byAddress.keys()
      this.#byAddress.delete(oldest)
    }
    this.#byAddress.set(place, { count: 1, until: this.#runtime.monotonic() + WINDOW })
  }
}

/** One host has 2^64 addresses of IPv6: the network counts. */
function placeOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]
  if (!isIPv6(address)) return address
  const [left, right] = address.split('%')[0].split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
