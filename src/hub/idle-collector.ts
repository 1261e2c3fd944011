import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Cancel, Runtime } from '../event/runtime.js'

/** Time between two checks, ms. */
const EVERY = 1000
/** Bytes used since the last collection that make another one worthwhile. */
const WORTHWHILE = 16 * 1024 * 1024
/** Bytes per second below which the hub counts as idle. */
const IDLE = 512 * 1024

/**
 * Returns memory to the system after a burst. The garbage of a busy hub is dropped slabs, chunks that were read, and closed connections. V8
 * collects it only when new memory is allocated, so that a hub that has become idle would stay as large as it was. A
 * collection takes some ms, at a time when the hub is idle.
 */
export class IdleCollector {
  readonly #runtime: Runtime
  readonly #used: () => number
  readonly #collect: () => void
  #collectedAt = 0
  #seen = 0
  #cancel: Cancel | undefined

  /** `used` returns the approximate number of bytes used since the start, which never decreases. */
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

/** Returns V8's own `gc` function, without a flag on the command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
