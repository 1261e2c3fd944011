import { iterateFrames } from '../../src/event/event.js'
import type { Runtime } from '../../src/event/runtime.js'
import { LongWork } from '../../src/incremental/long-work.js'
import type { SeqRange } from '../../src/log/event-log.js'
import { numbersAfter } from '../../src/log/numbers-after.js'
import { CallHome } from '../../src/protocols/transport/call-home.js'
import { Hooks } from '../../src/protocols/webhook/hooks.js'
import type { MethodCalls } from '../../src/sources/method-calls.js'
import type {
  GatedEvent,
  OnceSources,
  ParkedItem,
  PositionStore,
  SourceEvent,
  SourceHost,
  SourceSink,
  SourceSubscribe,
  SourceSubscription,
} from '../../src/sources/source.js'

type Data = Record<string, unknown>

/** A hub as seen by a source: collects events, keeps positions, and can be full or broken. */
export class FakeHost implements SourceHost {
  hostname = 'web1'
  full = false
  /** Publishing data of a source with this text throws, as a fault of a source at an item does. */
  throwsAt: string | undefined
  putFails: Error | undefined
  puts = 0
  readonly runtime: Runtime
  readonly events: SourceEvent[] = []
  readonly sinks: SourceSink[] = []
  readonly hooks = new Hooks()
  readonly callHome = new CallHome()
  readonly longWork: LongWork
  readonly calls: MethodCalls = {
    admit: () => {
      throw new Error('this host has no methods')
    },
  }
  epoch = 'fakeepoch0000'
  last = 0
  /** Numbers without events. */
  lost: SeqRange | undefined
  largestFrame = 1 << 20
  once: OnceSources | undefined
  readonly store = new Map<string, Uint8Array>()

  constructor(runtime: Runtime) {
    this.runtime = runtime
    this.longWork = new LongWork(runtime)
  }

  numbersAfter(seq: number): number {
    return numbersAfter({ first: 1, last: this.last, lost: this.lost ? [this.lost] : [] }, seq)
  }

  publish(event: SourceEvent): boolean {
    if (this.full) return false
    const isOfSource = !event.tag.startsWith('hub/')
    if (this.throwsAt !== undefined && isOfSource && JSON.stringify(event.data).includes(this.throwsAt))
      throw new Error(`cannot take ${this.throwsAt}`)
    this.events.push(event)
    return true
  }

  publishFrames(frames: Uint8Array, count: number): boolean {
    if (this.full) return false
    const events = [...iterateFrames(frames.slice())]
    if (events.length !== count) throw new Error(`${events.length} frames, not ${count}`)
    this.events.push(...events)
    return true
  }

  /** Resolves what `publishAtGate` waits for: the oldest first. */
  readonly gates: { gate: string; deadline: number; answered(isStored?: boolean): void }[] = []
  publishAtGate(event: GatedEvent, gate: string, deadline: number): Promise<boolean> | undefined {
    if (this.full) return undefined
    this.events.push(event)
    return new Promise((resolve) => {
      this.gates.push({ gate, deadline, answered: (isStored = true) => resolve(isStored) })
    })
  }

  subscribe(_request: SourceSubscribe, sink: SourceSink): Promise<SourceSubscription> {
    this.sinks.push(sink)
    return Promise.resolve({ drained: () => {}, close: () => {} })
  }

  /** By the name of the source. */
  readonly parked: (ParkedItem & { source: string })[] = []
  park(source: string, item: ParkedItem): Promise<void> {
    this.parked.push({ source, ...item })
    return Promise.resolve()
  }

  settled(): Promise<void> {
    return Promise.resolve()
  }

  flushedTo(): number {
    return this.last
  }

  flushed(): Promise<void> {
    return Promise.resolve()
  }

  readonly damaged = new Map<string, string>()
  readonly positions: PositionStore = {
    reportDamage: (key, why) => void this.damaged.set(key, String(why)),
    get: async (key) => {
      const value = this.store.get(key)
      return value && { value }
    },
    put: async (key, value) => {
      if (this.putFails) throw this.putFails
      this.puts++
      this.store.set(key, value)
    },
  }

  /** Returns the bodies of the events with a tag, in order. */
  data(tag: string): Data[] {
    return this.events.filter((event) => event.tag === tag).map((event) => event.data as Data)
  }
}
