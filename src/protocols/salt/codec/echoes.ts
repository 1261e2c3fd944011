import { createHash } from 'node:crypto'
import { compilePath, find } from '../../../event/msgpack/find.js'
import type { Runtime } from '../../../event/runtime.js'
import { hubRuntime } from '../../../parts/boundary.js'
import { ExpiringMap } from './expiring-map.js'

const WINDOW_MS = 60_000
const MAX_REMEMBERED = 200_000

/** Bodies that were seen lately. Salt puts the time in µs into each body, so that equal bytes are the same event. */
export class KnownBodies {
  readonly #keys: ExpiringMap<true>

  constructor(runtime: Runtime) {
    this.#keys = new ExpiringMap(runtime, WINDOW_MS, MAX_REMEMBERED)
  }

  add(key: string): void {
    this.#keys.set(key, true)
  }

  has(key: string): boolean {
    return this.#keys.get(key) === true
  }
}

/**
 * The loop guard. An event that this hub has sent on any Salt bus is not accepted again, neither as the copy that a
 * bus sends to all its subscribers nor through another hub.
 */
export class Echoes extends KnownBodies {
  /** True if the hub receives events from a Salt bus. Otherwise nothing has to be remembered. */
  watched = false
}

export function bodyKey(body: Uint8Array): string {
  return createHash('sha1').update(body).digest('binary')
}

/** Returns whether the sender has put its time into the event. `data` is msgpack that has passed the walk. */
export function isStamped(data: Uint8Array, start: number, end: number): boolean {
  return find(data, start, end, STAMP_PATH) >= 0
}

const STAMP_PATH = compilePath(['_stamp'])

const shared = new WeakMap<Runtime, Echoes>()

/** The one loop guard for all buses of a hub: those that it serves and those that it is attached to. */
export function sharedEchoes(given: Runtime): Echoes {
  const runtime = hubRuntime(given)
  const known = shared.get(runtime)
  if (known !== undefined) return known
  const made = new Echoes(runtime)
  shared.set(runtime, made)
  return made
}
