import { createHash } from 'node:crypto'
import { isObject, own } from '../../event/json/object.js'
import {
  fingerprintOf,
  type ServerEvent,
  type SysadmSubscription,
} from '../../protocols/sysadm/client/events.js'

/** Servers whose positions are kept. */
const MAX_HOSTS = 1000

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
    return positions
  }

  write(): object {
    return { seen: this.seen, last: Object.fromEntries(this.#byName) }
  }

  /** Returns whether events of this host have been recorded. */
  knows(host: string): boolean {
    return [...this.#byName.keys()].some((name) => name.endsWith(nameOf(host, '')))
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

function nameOf(host: string, name: string): string {
  return `${name} ${host.slice(0, 255)}`
}

function digestOf(event: ServerEvent): string {
  return createHash('sha256').update(fingerprintOf(event)).digest('base64url').slice(0, 22)
}
