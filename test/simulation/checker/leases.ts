import type { System } from '../systems/system.js'
import type { Broken } from './check.js'

/** A hub that wins waits for a third of the time to live, and then leads: before this it has no reason to give up, ms. */
const SOON_MS = 3000
const BUCKET = 'KV_sim_primary'

/** Watches who gives up the right to be the primary. No hub is asked to in a run. */
export class Leases {
  readonly broken: Broken[] = []
  #holder = ''
  #wonAt = 0

  constructor(system: System) {
    const { model, world, seen } = system
    model.stored.add(({ config }, { payload }) => {
      if (config.name !== BUCKET) return
      const { id, name } = JSON.parse(payload.toString()) as { id: string; name?: string }
      if (id === this.#holder) return
      if (this.#wonAt > 0) seen.add('second term')
      system.tell(`${name ?? id} takes the lease`)
      this.#wonAt = world.time
      this.#holder = id
    })
    model.purged.add(({ config }) => {
      if (config.name !== BUCKET) return
      const held = Math.round(world.time - this.#wonAt)
      const text = `the lease was given back ${held} ms after somebody took it`
      if (held < SOON_MS) this.broken.push({ promise: 'progress', text })
      system.tell(text)
      this.#holder = ''
    })
  }
}
