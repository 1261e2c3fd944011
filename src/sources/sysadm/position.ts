import { createHash } from 'node:crypto'
import { isObject, own } from '../../event/json/object.js'
import {
  fingerprintOf,
  type ServerEvent,
  type SysadmSubscription,
} from '../../protocols/sysadm/client/events.js'

/** Servers whose positions are kept. */
const MAX_HOSTS = 1000
const MAX_NAME = 255

/** The last recorded event of a class of a host. */
interface LastRecorded {
  /** Where a hub continues; genuine servers have no positions. */
  cursor?: string
  /** Digest of the event. */
  digest: string
}

/** The place in the events of each host up to which they have been recorded. */
export class Positions {
  readonly #byName = new Map<string, LastRecorded>()
  /** Servers to which the source was attached, also if nothing has come. */
  readonly #hosts = new Set<string>()
  /** When the source was last attached, µs since the epoch. */
  seen: number | undefined

  static read(stored: unknown): Positions {
    if (!isObject(stored)) throw new Error('the position has no fields')
    const positions = new Positions()
    const seen = own(stored, 'seen')
    if (typeof seen === 'number') positions.seen = seen
    const hosts = own(stored, 'last')
    for (const [name, last] of Object.entries(isObject(hosts) ? hosts : {})) {
      const digest = own(last, 'digest')
      const cursor = own(last, 'cursor')
      if (typeof digest === 'string')
        positions.#byName.set(name, { digest, ...(typeof cursor === 'string' ? { cursor } : {}) })
    }
    const known = own(stored, 'hosts')
    for (const host of Array.isArray(known) ? known : hostsOf(positions.#byName))
      if (typeof host === 'string') positions.attached(host)
    return positions
  }

  write(): object {
    return { seen: this.seen, hosts: [...this.#hosts], last: Object.fromEntries(this.#byName) }
  }

  attached(host: string): void {
    const name = host.slice(0, MAX_NAME)
    this.#hosts.delete(name)
    this.#hosts.add(name)
    const [oldest] = this.#hosts
    if (this.#hosts.size > MAX_HOSTS) this.#hosts.delete(oldest)
  }

  /** Returns whether the source was attached to this host. */
  knows(host: string): boolean {
    return this.#hosts.has(host.slice(0, MAX_NAME))
  }

  cursor(host: string, name: SysadmSubscription): string | undefined {
    return this.#byName.get(nameOf(host, name))?.cursor
  }

  /** Returns whether it is the event of its class that was recorded last. */
  isLast(host: string, event: ServerEvent): boolean {
    return this.#byName.get(nameOf(host, event.class))?.digest === digestOf(event)
  }

  recorded(host: string, event: ServerEvent): void {
    const name = nameOf(host, event.class)
    const { cursor } = event
    this.#byName.delete(name)
    this.#byName.set(name, { digest: digestOf(event), ...(cursor === undefined ? {} : { cursor }) })
    const [oldest] = this.#byName.keys()
    if (this.#byName.size > MAX_HOSTS) this.#byName.delete(oldest)
  }
}

/** Positions of older hubs name only hosts of which something has come. */
function hostsOf(byName: ReadonlyMap<string, unknown>): string[] {
  return [...byName.keys()].map((name) => name.slice(name.indexOf(' ') + 1))
}

function nameOf(host: string, name: string): string {
  return `${name} ${host.slice(0, MAX_NAME)}`
}

function digestOf(event: ServerEvent): string {
  return createHash('sha256').update(fingerprintOf(event)).digest('base64url').slice(0, 22)
}
