import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Cancel, Runtime } from '../event/runtime.js'

/** How often it looks, ms. */
const EVERY = 1000
/** Bytes since the last collection that are worth one. */
const WORTHWHILE = 16 * 1024 * 1024
/** Bytes a second below which the hub counts as idle. */
const IDLE = 512 * 1024

/**
 * Gives memory back after a burst. The garbage of a busy hub is slabs and connections that are gone; the
 * engine collects them only when the next ones come, so that a hub that has become quiet would stay as
 * large as it was. A collection takes some ms, at a time when nothing happens.
 */
export class IdleCollector {
  readonly #runtime: Runtime
  readonly #used: () => number
  readonly #collect: () => void
  #collectedAt = 0
  #seen = 0
  #cancel: Cancel | undefined

  /** `used` counts the bytes that were needed since the start, about; it never falls. */
  constructor(runtime: Runtime, used: () => number, collect: () => void = collector()) {
    this.#runtime = runtime
    this.#used = used
    this.#collect = collect
  }

  start(): void {
    this.#cancel = this.#runtime.after(EVERY, () => {
      this.#look()
      this.start()
    })
  }

  stop(): void {
    this.#cancel?.()
  }

  #look(): void {
    const used = this.#used()
    const isIdle = used - this.#seen < IDLE
    this.#seen = used
    if (!isIdle || used - this.#collectedAt < WORTHWHILE) return
    this.#collectedAt = used
    this.#collect()
  }
}

/** The engine's own collection, without a flag on the command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
