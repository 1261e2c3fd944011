import type { System } from '../systems/system.js'
import type { Broken } from './check.js'

/** A hub that wins waits for a third of the time to live, and then leads: before this it has no reason to give up, ms. */
const SOON_MS = 3000

/** Watches who gives up the right to be the primary. No hub is asked to in a run. */
export class Leases {
  readonly broken: Broken[] = []
  #holder = ''
  #wonAt = 0

  constructor({ model, world }: System) {
    model.onStored = (stream, { payload }) => {
      if (stream.config.name !== 'KV_sim_primary') return
      const { id } = JSON.parse(payload.toString()) as { id: string }
      if (id !== this.#holder) this.#wonAt = world.time
      this.#holder = id
    }
    model.onPurge = (stream) => {
      if (stream.config.name !== 'KV_sim_primary') return
      const held = Math.round(world.time - this.#wonAt)
      const text = `the lease was given back ${held} ms after somebody took it`
      if (held < SOON_MS) this.broken.push({ promise: 'progress', text })
      this.#holder = ''
    }
  }
}
