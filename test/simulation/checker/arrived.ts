import type { System } from '../systems/system.js'
import type { History } from './history.js'

const EVERY_MS = 500

/** Counts what is stored, by the subjects of the model: hubs that say that nothing waits may be wrong. */
export class Arrived {
  readonly #system: System
  readonly #history: History
  #lookedAt = Number.NEGATIVE_INFINITY
  #hasAll = false

  constructor(system: System, history: History) {
    this.#system = system
    this.#history = history
  }

  hasAll(): boolean {
    const { time } = this.#system.world
    if (this.#hasAll || time < this.#lookedAt + EVERY_MS) return this.#hasAll
    this.#lookedAt = time
    const stored = new Set<string>()
    for (const { subject } of this.#system.model.streams.get('SIM')?.messages.values() ?? [])
      stored.add(subject)
    const durable = [...this.#history.told].flatMap(([publisher, numbers]) =>
      [...numbers]
        .filter(([, told]) => told === 'durable')
        .map(([number]) => `sim.event.load.${publisher}.${number}`),
    )
    this.#hasAll = durable.every((subject) => stored.has(subject))
    return this.#hasAll
  }
}
