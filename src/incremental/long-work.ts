import { TocsinError } from '../errors/tocsin-error.js'
import { endOfWork, type Runtime } from '../event/runtime.js'
import { begin } from '../parts/work.js'
import { FEW_ITEMS, finished, madeInSteps } from './steps.js'
import { TimeAtOnce } from './time-at-once.js'

/** Time in a turn of the event loop that all long work together may take, ms: a turn is as long as others wait. */
const SLICE = 2
/** Principals whose work is in progress at the same time, if it needs much memory. The others wait. */
const MAX_ACTIVE = 2
/** Work of one principal that may wait. A connection has at most one piece of work. */
export const MAX_QUEUED = 16_384

export interface LongWorkOptions {
  /**
   * True if the work needs no memory worth mentioning, such as the records of a connection. Then all principals take
   * turns, and so do the pieces of work of one principal.
   */
  isSmall?: boolean
  /** The part of the hub that does it, and what the watchdog calls it. */
  face?: string
  what?: string
  /** The budget for small work; default: one of its own. All that serve the same request share one. */
  atOnce?: TimeAtOnce
}

interface Work {
  readonly steps: Iterator<unknown, unknown>
  readonly signal: AbortSignal | undefined
  resolve(result: never): void
  reject(reason: unknown): void
}

/**
 * Does work whose length a client decides, such as reading a body of several megabytes, in small steps between which
 * all other work continues. Principals take turns; the work of one is done in order, one after the other.
 *
 * What does not last long can be done at once as long as `hasTime`, and becomes work otherwise.
 */
export class LongWork {
  readonly #runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>
  /** The work of each principal, oldest first, in the order in which it is their turn. */
  #active: [principal: string, work: Work[]][] = []
  readonly #waiting = new Map<string, Work[]>()
  #isUnderWay = false
  readonly #isSmall: boolean
  readonly #face: string
  readonly #what: string
  readonly #atOnce: TimeAtOnce

  constructor(
    runtime: Pick<Runtime, 'monotonic' | 'inTurn' | 'soon'>,
    { isSmall = false, face = 'input', what, atOnce }: LongWorkOptions = {},
  ) {
    this.#runtime = runtime
    this.#isSmall = isSmall
    this.#atOnce = atOnce ?? new TimeAtOnce(runtime)
    this.#face = face
    this.#what = what ?? (isSmall ? 'records' : 'long body')
  }

  /** True if something may be done at once in this turn, without becoming work. */
  get hasTime(): boolean {
    return this.#atOnce.isLeft
  }

  /**
   * Runs all steps, each of which should take less than a millisecond, and resolves with what they return. Rejects with
   * what a step throws, with the reason of the signal, or with TCN_HTTP_TOO_MANY.
   */
  run<Result>(principal: string, steps: Iterator<unknown, Result>, signal?: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      const queue = this.#queueOf(principal)
      if (queue.length >= MAX_QUEUED)
        throw new TocsinError('TCN_HTTP_TOO_MANY', 'too much work of this principal waits')
      queue.push({ steps, signal, resolve, reject })
    })
  }

  /** Does all steps of short work at once if there is time and nothing of this principal waits. */
  async settle<Result>(
    principal: string,
    steps: Iterator<unknown, Result>,
    isShort: boolean,
    signal?: AbortSignal,
  ): Promise<Result> {
    if (!isShort || !this.hasTime || this.#knownQueue(principal) !== undefined)
      return this.run(principal, steps, signal)
    return finished(steps)
  }

  /** Calls `make` for each item: at once for a few items if there is time, otherwise in steps. */
  make<Item, Made>(
    principal: string,
    items: readonly Item[],
    make: (item: Item) => Made,
    signal?: AbortSignal,
  ): Promise<Made[]> {
    return this.settle(principal, madeInSteps(items, make), items.length <= FEW_ITEMS, signal)
  }

  /** Begins what may take some milliseconds: at once if there is time and nothing of this principal waits. */
  async begin<Result>(principal: string, work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.hasTime && this.#knownQueue(principal) === undefined) return work()
    return this.run(principal, inOneStep(work), signal)
  }

  /** Does what is short when it is the turn of the principal, in a later turn of the event loop. */
  once<Result>(principal: string, work: () => Result): Promise<Result> {
    return this.run(principal, inOneStep(work))
  }

  #knownQueue(principal: string): Work[] | undefined {
    return this.#active.find(([name]) => name === principal)?.[1] ?? this.#waiting.get(principal)
  }

  #queueOf(principal: string): Work[] {
    const known = this.#knownQueue(principal)
    if (known !== undefined) return known
    const queue: Work[] = []
    if (!this.#isUnderWay) this.#runtime.soon(this.#turn)
    this.#isUnderWay = true
    if (this.#isSmall || this.#active.length < MAX_ACTIVE) this.#active.push([principal, queue])
    else this.#waiting.set(principal, queue)
    return queue
  }

  readonly #turn = (): void => this.#work(endOfWork(this.#runtime, SLICE))

  #work(end: number): void {
    while (this.#active.length > 0 && this.#runtime.monotonic() < end) {
      if (this.#step() !== 'begun') continue
      afterPromises(() => this.#work(end))
      return
    }
    this.#isUnderWay = this.#active.length > 0
    if (this.#isUnderWay) this.#runtime.soon(this.#turn)
  }

  #step(): Advance {
    // It stays the first meanwhile: a step may add work of the same principal.
    const [principal, queue] = this.#active[0]
    begin({ face: this.#face, what: this.#what, principal })
    const advanced = advance(queue[0])
    const isDone = advanced !== 'more'
    this.#active.shift()
    if (isDone || this.#isSmall) {
      const [work] = queue.splice(0, 1)
      if (!isDone) queue.push(work)
    }
    if (!isDone || (queue.length > 0 && this.#waiting.size === 0)) this.#active.push([principal, queue])
    else this.#replace(principal, queue)
    return advanced
  }

  /** After one piece of work, a principal makes room for those that wait. */
  #replace(principal: string, queue: Work[]): void {
    if (queue.length > 0) this.#waiting.set(principal, queue)
    for (const [name, waiting] of this.#waiting) {
      this.#waiting.delete(name)
      this.#active.push([name, waiting])
      return
    }
  }
}

// biome-ignore lint/correctness/useYield: the one step is the last.
function* inOneStep<Result>(work: () => Result): Generator<undefined, Result> {
  return work()
}

/** There are more steps, the last one is done, or it has begun what promises continue. */
type Advance = 'more' | 'done' | 'begun'

function advance({ steps, signal, resolve, reject }: Work): Advance {
  try {
    signal?.throwIfAborted()
    const { done, value } = steps.next()
    if (done !== true) return 'more'
    resolve(value as never)
    return value instanceof Promise ? 'begun' : 'done'
  } catch (error) {
    reject(error)
    return 'done'
  }
}

/**
 * Calls `run` in this turn of the event loop, after what promises continue in it. They may wait for the next tick and
 * that for other promises, as in a handler that reads a body, so it waits for a few of both.
 */
function afterPromises(run: () => void, ticks = 8): void {
  if (ticks === 0) run()
  else queueMicrotask(() => process.nextTick(afterPromises, run, ticks - 1))
}
