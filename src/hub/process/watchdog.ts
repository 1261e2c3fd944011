import { type Channel, channel } from 'node:diagnostics_channel'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { LoopInfo, Stall } from '../../methods/contract/index.js'
import { beginnings, type Work } from '../../parts/work.js'
import { histogramSamples, type MetricSample } from '../../types/metric.js'
import { loopClock } from './loop-clock.js'
import { processorWait } from './processor-wait.js'
import { TURN_BOUNDS, TurnMeter, OTHER_WORK as UNKNOWN } from './turn-meter.js'

/** A hub that starts loads the code of its parts, and of what is used first. */
const LOADING_MS = 5_000

/** A turn of the event loop that takes longer is a stall, ms. */
const STALL = 100
/** Combinations of labels in the metrics; stalls by other work are counted together. */
const MAX_KINDS = 64

/** Stalls as they happen. */
export const stalls: Channel = channel('tocsin:hub:stall')

/** The hub could have run, but the machine did not let it. */
const NO_PROCESSOR: Work = { face: 'machine', what: 'no processor' }

/**
 * Notices when a turn of the event loop takes long, and names the work that took most of it: parts of the hub say what
 * they begin. Work that says nothing counts for what was begun before it.
 */
export class Watchdog {
  readonly #runtime: Runtime
  readonly #processorWait: () => number
  readonly #every: number
  readonly #turns: TurnMeter | undefined
  readonly #kinds = new Map<string, { work: Work; count: number; ms: number }>()
  #cancel: Cancel | undefined
  #looked = 0
  #waited = 0
  #current = UNKNOWN
  #since = 0
  #longest = UNKNOWN
  #longestMs = 0
  #count = 0
  #last: Stall | undefined
  #worst: Stall | undefined

  /**
   * `processorWait`: how long this thread has waited for a processor since its start, ms; 0 if nobody knows. `every`:
   * time between two looks at the clock, ms. `turns` measures each turn of the event loop, however long it takes.
   */
  constructor(runtime: Runtime, processorWait: () => number, every: number, turns?: TurnMeter) {
    this.#runtime = runtime
    this.#processorWait = processorWait
    this.#every = every
    this.#turns = turns
  }

  /** Watches the main thread of this process. */
  static ofProcess(runtime: Runtime, every: number): Watchdog {
    const turns = new TurnMeter(
      loopClock,
      () => runtime.now(),
      (run) => runtime.soon(run),
      LOADING_MS,
    )
    return new Watchdog(runtime, processorWait, every, turns)
  }

  start(): void {
    this.#looked = this.#runtime.monotonic()
    this.#waited = this.#processorWait()
    this.#since = this.#looked
    this.#turns?.start()
    beginnings.subscribe(this.#begun)
    this.#wait()
  }

  stop(): void {
    beginnings.unsubscribe(this.#begun)
    this.#cancel?.()
  }

  get info(): LoopInfo {
    const turns = this.#turns?.info
    return { stalls: this.#count, last: this.#last, worst: this.#worst, ...(turns && { turns }) }
  }

  *samples(): Iterable<MetricSample> {
    for (const { work, count, ms } of this.#kinds.values()) {
      const labels = { face: work.face, work: work.what, principal: work.principal ?? '' }
      yield { name: 'tocsin_event_loop_stalls_total', value: count, labels }
      yield { name: 'tocsin_event_loop_stall_seconds_total', value: ms / 1000, labels }
    }
    const bounds = TURN_BOUNDS.map((ms) => ms / 1000)
    for (const [part, { counts, sum }] of this.#turns?.parts ?? [])
      yield* histogramSamples('tocsin_event_loop_turn_seconds', bounds, counts, sum / 1000, { part })
  }

  #wait(): void {
    this.#cancel = this.#runtime.after(this.#every, () => {
      this.#look()
      this.#wait()
    })
  }

  readonly #begun = (work: unknown): void => {
    this.#begin(work as Work, this.#runtime.monotonic())
    this.#turns?.begin(work as Work)
  }

  #begin(work: Work, now: number): void {
    const ms = now - this.#since
    if (ms > this.#longestMs) {
      this.#longestMs = ms
      this.#longest = this.#current
    }
    this.#current = work
    this.#since = now
  }

  #look(): void {
    const now = this.#runtime.monotonic()
    this.#begin(UNKNOWN, now)
    const ms = Math.round(now - this.#looked - this.#every)
    this.#turns?.look(ms)
    const waited = this.#processorWait()
    if (ms > STALL) this.#stalled(ms, waited - this.#waited > ms / 2 ? NO_PROCESSOR : this.#longest)
    this.#looked = now
    this.#waited = waited
    this.#longestMs = 0
  }

  #stalled(ms: number, work: Work): void {
    const { face, what, principal } = work
    const stall: Stall = { ms, face, work: what, principal, time: this.#runtime.now() }
    this.#count++
    this.#last = stall
    if (ms > (this.#worst?.ms ?? 0)) this.#worst = stall
    this.#countKind(work, ms)
    if (stalls.hasSubscribers) stalls.publish(stall)
  }

  #countKind(work: Work, ms: number): void {
    const kind = this.#kinds.get(keyOf(work)) ?? this.#newKind(work)
    kind.count++
    kind.ms += ms
  }

  #newKind(named: Work): { count: number; ms: number } {
    const work = this.#kinds.size < MAX_KINDS ? named : UNKNOWN
    const kind = this.#kinds.get(keyOf(work)) ?? { work, count: 0, ms: 0 }
    this.#kinds.set(keyOf(work), kind)
    return kind
  }
}

function keyOf({ face, what, principal = '' }: Work): string {
  return `${face} ${what} ${principal}`
}
