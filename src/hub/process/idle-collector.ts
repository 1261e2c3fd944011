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
/** Until V8 has begun to mark, also on a busy machine. After that it would do so again and again. */
const BEGIN_MS = 500
/** Bytes per second below which the hub counts as idle. */
const IDLE = 512 * 1024
/** Bytes per second below which it is calm: a few connections. */
const CALM = 64 * 1024
/** Seconds of calm until V8 has forgotten how much was allocated before. */
const CALM_SECONDS = 10
/** Seconds between two collections in calm, so that steady little traffic does not cause one after the other. */
const CALM_EVERY = 600

export type MemoryUse = 'fast' | 'small'

interface Habits {
  /** Bytes used since the last collection that make another one worthwhile. */
  readonly worthwhile: number
  /** The same in calm; undefined if that makes no difference. */
  readonly worthwhileInCalm?: number
  /** Collections after the start, whatever was used. */
  readonly first: number
}

const habits: Readonly<Record<MemoryUse, Habits>> = {
  fast: { worthwhile: 16 * MiB, worthwhileInCalm: 1 * MiB, first: 0 },
  // V8 drops compiled code that has not run for a few collections: much of it served the start only.
  small: { worthwhile: 2 * MiB, first: 8 },
}

/** `inCalm`: young memory is given back, too. */
type Collect = (inCalm: boolean) => void

/**
 * Returns memory to the system after a burst, and once more when it has been calm for a while, also after the start. The
 * garbage of a busy hub is dropped slabs, chunks that were read, and closed connections. V8 collects it only when new
 * memory is allocated, so that a hub that has become idle would stay as large as it was. A collection takes some ms, at a
 * time when the hub is idle.
 */
export class IdleCollector {
  readonly #runtime: Runtime
  readonly #used: () => number
  readonly #collect: Collect
  readonly #habits: Habits
  #collections = 0
  #collectedAt = 0
  #collectedInCalmAt = Number.NEGATIVE_INFINITY
  #secondsSinceCalm = CALM_EVERY
  #calmSeconds = 0
  #seen = 0
  #cancel: Cancel | undefined

  /** `used` returns the approximate number of bytes used since the start, which never decreases. */
  constructor(
    runtime: Runtime,
    used: () => number,
    memory: MemoryUse,
    collect: Collect = collectorOf(memory, runtime),
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
    const more = used - this.#seen
    this.#seen = used
    this.#calmSeconds = more < CALM ? this.#calmSeconds + 1 : 0
    this.#secondsSinceCalm++
    const { worthwhile, worthwhileInCalm, first } = this.#habits
    const inCalm =
      worthwhileInCalm !== undefined &&
      this.#calmSeconds >= CALM_SECONDS &&
      this.#secondsSinceCalm >= CALM_EVERY &&
      used - this.#collectedInCalmAt >= worthwhileInCalm
    const isDue = this.#collections < first || used - this.#collectedAt >= worthwhile
    if (more >= IDLE || !(inCalm || isDue)) return
    this.#collections++
    this.#collectedAt = used
    if (inCalm) [this.#collectedInCalmAt, this.#secondsSinceCalm] = [used, 0]
    this.#collect(inCalm)
  }
}

type Gc = (options?: { type: 'minor' }) => void

/** Has V8 collect its garbage, without a flag on the command line. */
export function collectorOf(memory: MemoryUse, runtime: Runtime): Collect {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Gc
  if (memory === 'fast') {
    const isInSteps = Number.parseInt(process.versions.node, 10) <= STEPS_UNTIL
    const collectAll = isInSteps ? inSteps(collect, runtime) : collect
    return (inCalm) => {
      // While little is allocated, it also gives back what young memory has grown by, up to 32 MiB.
      if (inCalm) collect({ type: 'minor' })
      collectAll()
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
