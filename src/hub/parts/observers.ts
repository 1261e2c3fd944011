import { isDeepStrictEqual } from 'node:util'
import { scatteredPause } from '../../event/retry-pause.js'
import type { Cancel } from '../../event/runtime.js'
import { observers } from '../../observers/index.js'
import type { ObservedHub } from '../../observers/observed-hub.js'
import type { Observer, ObserverDefinition } from '../../observers/observer.js'
import { Boundary } from '../../parts/boundary.js'
import type { PartConfig } from '../../parts/definition.js'
import type { HubConfig } from '../config/index.js'
import { configOf } from '../config/part-keys.js'

const OPEN_AGAIN = { first: 1_000, longest: 60_000 }
/** After observing for this time, a failure is followed by the shortest pause again. */
const STEADY_MS = 60_000

/** The observers of a hub. One that a change ends continues until the change is final. */
export class OpenObservers {
  readonly #runners: readonly ObserverRunner[]

  constructor(host: ObservedHub, definitions: readonly ObserverDefinition[] = observers) {
    this.#runners = definitions.map((definition) => new ObserverRunner(definition, host))
  }

  /** Opens and changes those that the configuration wants. Rejects with the error of the first that cannot begin. */
  async apply(config: HubConfig): Promise<void> {
    for (const runner of this.#runners) await runner.configure(config)
  }

  /** Closes those that are not wanted any more. */
  settle(): void {
    for (const runner of this.#runners) runner.settle()
  }

  stop(): void {
    for (const runner of this.#runners) runner.stop()
  }
}

/** Runs one observer, and opens it again after a pause when it has thrown. */
class ObserverRunner {
  readonly #definition: ObserverDefinition
  readonly #host: ObservedHub
  /** Undefined while it is not wanted. */
  #config: PartConfig | undefined
  #observer: Observer | undefined
  #failures = 0
  #openedAt = 0
  #again: Cancel | undefined

  constructor(definition: ObserverDefinition, host: ObservedHub) {
    this.#definition = definition
    this.#host = host
  }

  async configure(hubConfig: HubConfig): Promise<void> {
    const config = configOf(this.#definition, hubConfig)
    const isSame = isDeepStrictEqual(config, this.#config)
    this.#config = this.#definition.isWanted(config) ? config : undefined
    if (this.#config === undefined) return
    if (this.#observer === undefined) await this.#open(config)
    else if (!isSame) this.#observer.change(config)
  }

  settle(): void {
    if (this.#config === undefined) this.#close()
  }

  stop(): void {
    this.#again?.()
    this.#config = undefined
    this.#observer?.stop()
    this.#observer = undefined
  }

  async #open(config: PartConfig): Promise<void> {
    this.#again?.()
    this.#again = undefined
    const { name } = this.#definition
    const boundary = new Boundary('observer', name, () => this.#fails())
    const runtime = boundary.runtime(this.#host.runtime)
    const observer = await boundary.run(() => this.#definition.open({ ...this.#host, runtime }, config))
    // It may have failed, not be wanted any more, or be open by another attempt.
    const isLate = this.#again !== undefined || this.#config === undefined || this.#observer !== undefined
    if (isLate) return observer.close()
    this.#observer = observer
    this.#openedAt = this.#host.runtime.monotonic()
  }

  /** Nobody knows in which state it is. */
  #fails(): void {
    const { runtime } = this.#host
    if (this.#observer !== undefined && runtime.monotonic() - this.#openedAt > STEADY_MS) this.#failures = 0
    this.#close()
    const pause = scatteredPause(++this.#failures, OPEN_AGAIN, runtime)
    this.#again = runtime.after(pause, () => {
      this.#again = undefined
      if (this.#config !== undefined) void this.#open(this.#config).catch(() => this.#fails())
    })
  }

  #close(): void {
    this.#again?.()
    this.#again = undefined
    this.#observer?.close()
    this.#observer = undefined
  }
}
