import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { tightenCollector } from './collector-settings.js'

/** Approximate garbage that a closed connection leaves behind, bytes. */
export const CONNECTION_BYTES = 16 * 1024
/** The same for the start of a source, which may be a login over SSH. */
export const SOURCE_BYTES = 64 * 1024

/** Time between two checks, ms. */
const EVERY = 1000
const MiB = 1024 * 1024
/** Bytes per second below which the hub counts as idle. */
const IDLE = 512 * 1024

export type MemoryUse = 'fast' | 'small'

interface Habits {
  /** Bytes used since the last collection that make another one worthwhile. */
  readonly worthwhile: number
  /** Collections after the start, whatever was used. */
  readonly first: number
}

const habits: Readonly<Record<MemoryUse, Habits>> = {
  fast: { worthwhile: 16 * MiB, first: 0 },
  // V8 drops compiled code that has not run for a few collections: much of it served the start only.
  small: { worthwhile: 2 * MiB, first: 8 },
}

/**
 * Returns memory to the system after a burst. The garbage of a busy hub is dropped slabs, chunks that were read, and
 * closed connections. V8 collects it only when new memory is allocated, so that a hub that has become idle would stay as
 * large as it was. A collection takes some ms, at a time when the hub is idle.
 */
export class IdleCollector {
  readonly #runtime: Runtime
  readonly #used: () => number
  readonly #collect: () => void
  readonly #habits: Habits
  #collections = 0
  #collectedAt = 0
  #seen = 0
  #cancel: Cancel | undefined

  /** `used` returns the approximate number of bytes used since the start, which never decreases. */
  constructor(
    runtime: Runtime,
    used: () => number,
    memory: MemoryUse,
    collect: () => void = collector(memory),
  ) {
    this.#runtime = runtime
    this.#used = used
    this.#habits = habits[memory]
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
    const { worthwhile, first } = this.#habits
    if (!isIdle || (this.#collections >= first && used - this.#collectedAt < worthwhile)) return
    this.#collections++
    this.#collectedAt = used
    this.#collect()
  }
}

/** Returns V8's own `gc` function, without a flag on the command line. */
function collector(memory: MemoryUse): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  if (memory === 'fast') return collect
  return () => {
    tightenCollector()
    collect()
  }
}
