import { type Channel, channel } from 'node:diagnostics_channel'
import { diagnostics, type Work } from '../bus/diagnostics.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { LoopInfo, Stall } from '../methods/contract/index.js'
import type { MetricSample } from '../types/metric.js'

/** A turn of the event loop that takes longer is a stall, ms. */
const STALL = 100
/** Combinations of labels in the metrics; stalls by other work are counted together. */
const MAX_KINDS = 64

/** Stalls as they happen. */
export const stalls: Channel = channel('tocsin:hub:stall')

const UNKNOWN: Work = { face: 'hub', what: 'other' }
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
   * time between two looks at the clock, ms.
   */
  constructor(runtime: Runtime, processorWait: () => number, every: number) {
    this.#runtime = runtime
    this.#processorWait = processorWait
    this.#every = every
  }

  start(): void {
    this.#looked = this.#runtime.monotonic()
    this.#waited = this.#processorWait()
    this.#since = this.#looked
    diagnostics.work.subscribe(this.#begun)
    this.#wait()
  }

  stop(): void {
    diagnostics.work.unsubscribe(this.#begun)
    this.#cancel?.()
  }

  get info(): LoopInfo {
    return { stalls: this.#count, last: this.#last, worst: this.#worst }
  }

  *samples(): Iterable<MetricSample> {
    for (const { work, count, ms } of this.#kinds.values()) {
      const labels = { face: work.face, work: work.what, principal: work.principal ?? '' }
      yield { name: 'tocsin_event_loop_stalls_total', value: count, labels }
      yield { name: 'tocsin_event_loop_stall_seconds_total', value: ms / 1000, labels }
    }
  }

  #wait(): void {
    this.#cancel = this.#runtime.after(this.#every, () => {
      this.#look()
      this.#wait()
    })
  }

  readonly #begun = (work: unknown): void => this.#begin(work as Work, this.#runtime.monotonic())

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
