import type { SharedLog } from '../own-log/shared-log.js'
import type { Damage } from '../reports/damage.js'

/** Notes for the operator who starts the hub. After the start they become lines of the log. */
export class StartNotes {
  readonly #log: SharedLog
  readonly #damage: Damage
  readonly #others: () => readonly string[]
  readonly #notes: string[] = []
  #isStarted = false

  /** `others`: notes that may change, shown behind those that were added. */
  constructor(log: SharedLog, damage: Damage, others: () => readonly string[]) {
    this.#log = log
    this.#damage = damage
    this.#others = others
  }

  get list(): readonly string[] {
    return [...this.#notes, ...this.#others(), ...this.#damage.texts]
  }

  start(): void {
    this.#isStarted = true
  }

  add(text: string): void {
    if (this.#isStarted) this.#log.write('warn', text)
    else this.#notes.push(text)
  }
}
