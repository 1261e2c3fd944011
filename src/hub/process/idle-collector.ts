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
/**
 * The last version of Node that collects in steps here: the whole heap at once took up to 100 ms with 100 MB in use. The
 * last of the steps of later versions takes as long as that.
 */
const STEPS_UNTIL = 22
/** Until V8 has begun to mark. After that it would do so again and again. */
const BEGIN_MS = 50
/**
 * Until V8 has forgotten how much was allocated before, ms: while little is, a collection of young memory also gives back
 * what that memory has grown by, up to 32 MiB.
 */
const CALM_MS = 10_000
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
    collect: () => void = collectorOf(memory, runtime),
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

type Gc = (options?: { type: 'minor' }) => void

/** Has V8 collect its garbage, without a flag on the command line. */
export function collectorOf(memory: MemoryUse, runtime: Runtime): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Gc
  if (memory === 'fast') {
    const isInSteps = Number.parseInt(process.versions.node, 10) <= STEPS_UNTIL
    const collectAll = isInSteps ? inSteps(collect, runtime) : collect
    return () => {
      collectAll()
      runtime.after(CALM_MS, () => collect({ type: 'minor' }))
    }
  }
  return () => {
    tightenCollector()
    collect()
  }
}

/**
 * V8 begins to mark in steps when it sees, after a collection of young memory, that more than a hundredth of what its
 * memory may grow by is used.
 */
function inSteps(collect: Gc, runtime: Runtime): () => void {
  return () => {
    setFlagsFromString('--incremental-marking-soft-trigger=1')
    collect({ type: 'minor' })
    runtime.after(BEGIN_MS, () => setFlagsFromString('--incremental-marking-soft-trigger=0'))
  }
}
