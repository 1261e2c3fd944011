import { createHash } from 'node:crypto'
import type { Runtime } from '../../event/runtime.js'
import { Generations } from './generations.js'

const WINDOW = 60_000
const MOST = 200_000

/**
 * The loop guard: what this hub fired into any Salt bus does not come in again, neither as the echo that a bus sends
 * to everybody nor over another hub. A body has its time in µs, so that equal bytes are the same event.
 */
export class Echoes {
  readonly #fired: Generations<true>

  constructor(runtime: Runtime) {
    this.#fired = new Generations(runtime, WINDOW, MOST)
  }

  fired(body: Uint8Array): void {
    this.#fired.set(digest(body), true)
  }

  has(body: Uint8Array): boolean {
    return this.#fired.size > 0 && this.#fired.get(digest(body)) === true
  }
}

function digest(body: Uint8Array): string {
  return createHash('sha1').update(body).digest('binary')
}

const shared = new WeakMap<Runtime, Echoes>()

/** One for all buses of a hub. */
export function sharedEchoes(runtime: Runtime): Echoes {
  const known = shared.get(runtime)
  if (known !== undefined) return known
  const made = new Echoes(runtime)
  shared.set(runtime, made)
  return made
}
