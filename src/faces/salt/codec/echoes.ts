import { createHash } from 'node:crypto'
import { compilePath, find } from '../../../event/msgpack/find.js'
import type { Runtime } from '../../../event/runtime.js'
import { Generations } from './generations.js'

const WINDOW = 60_000
const MOST = 200_000

/** Salt's senders put the time in µs into a body, so that equal bytes are the same event. */
export class KnownBodies {
  readonly #keys: Generations<true>

  constructor(runtime: Runtime) {
    this.#keys = new Generations(runtime, WINDOW, MOST)
  }

  add(key: string): void {
    this.#keys.set(key, true)
  }

  has(key: string): boolean {
    return this.#keys.get(key) === true
  }
}

/**
 * The loop guard: what this hub has put on any Salt bus, fired into one or sent on its own, does not come in again,
 * neither as the echo that a bus sends to everybody nor over another hub.
 */
export class Echoes extends KnownBodies {
  /** Whether anything comes in that may be an echo. Else there is nothing to remember. */
  watched = false
}

export function bodyKey(body: Uint8Array): string {
  return createHash('sha1').update(body).digest('binary')
}

/** Whether the sender has put the time in. `data` is msgpack that has passed the walk. */
export function isStamped(data: Uint8Array, start: number, end: number): boolean {
  return find(data, start, end, STAMP_PATH) >= 0
}

const STAMP_PATH = compilePath(['_stamp'])

const shared = new WeakMap<Runtime, Echoes>()

/** One for all buses of a hub, its own ones and those that it is attached to. */
export function sharedEchoes(runtime: Runtime): Echoes {
  const known = shared.get(runtime)
  if (known !== undefined) return known
  const made = new Echoes(runtime)
  shared.set(runtime, made)
  return made
}
