import type { Runtime } from '../../event/runtime.js'
import type { JetStreamApi } from './jetstream-api.js'

/** Pause between two requests, ms. The servers need some time for each. */
const PAUSE_MS = 3000

/** Asks the servers to let another one lead a stream, since the one that leads lacks what is stored. */
export class OtherLeader {
  readonly #api: JetStreamApi
  readonly #runtime: Pick<Runtime, 'monotonic'>
  readonly #stream: string
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(api: JetStreamApi, runtime: Pick<Runtime, 'monotonic'>, stream: string) {
    this.#api = api
    this.#runtime = runtime
    this.#stream = stream
  }

  ask(): void {
    const now = this.#runtime.monotonic()
    if (now - this.#askedAt < PAUSE_MS) return
    this.#askedAt = now
    void this.#api.leaveLead(this.#stream).catch(() => undefined)
  }
}
