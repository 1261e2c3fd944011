import { Access } from '../../../src/access/index.js'
import type { SubscriptionApi } from '../../../src/bus/api.js'
import { Bus } from '../../../src/bus/bus.js'
import { DEFAULT_BUS_LIMITS } from '../../../src/bus/limits.js'
import type { EndReason, Sink, SubscriberStatus } from '../../../src/bus/sink.js'
import { encode, encodeFrame, iterateFrames } from '../../../src/event/index.js'
import { type EventLog, openMemoryLog } from '../../../src/log/index.js'
import { openMemoryState, type StateStore } from '../../../src/state/index.js'
import { typeOf } from '../fixture.js'
import { BrittleState } from './brittle-state.js'
import type { SeededRuntime } from './seeded-runtime.js'

const KiB = 1024
const LIMIT = 5
const ACK_WAIT = 30_000
const PREFIX = 'a/'

/** One connection to the consumer. */
export class ModelMember implements Sink {
  readonly #world: ConsumerWorld
  api: SubscriptionApi | undefined
  pending = 0
  stalled = false
  gone = false
  /** Events delivered to it and not acknowledged, with the time of delivery, ms. */
  readonly holds = new Map<number, number>()

  constructor(world: ConsumerWorld) {
    this.#world = world
  }

  write(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      if (this.stalled) this.pending += piece.length
      for (const { seq, tag, redelivered } of iterateFrames(piece)) {
        this.#world.delivered(this, seq, tag, redelivered)
      }
    }
  }

  status(status: SubscriberStatus): void {
    if (status.type === 'gap') this.#world.told(status)
  }

  end(_reason: EndReason): void {
    this.gone = true
  }

  answer(seqs: readonly number[], result: 'done' | 'retry' | 'park'): void {
    if (result === 'done') for (const seq of seqs) this.#world.answered(seq, this.holds.get(seq)!)
    for (const seq of seqs) this.holds.delete(seq)
    this.api?.ack(seqs, result, { delay: result === 'retry' ? 2000 : undefined })
  }

  drain(): void {
    this.stalled = false
    if (this.pending === 0) return
    this.pending = 0
    this.api?.drained()
  }

  leave(): void {
    this.gone = true
    this.api?.close()
  }
}

/**
 * A durable consumer and its obligations: every matching event is acknowledged, parked, reported as a gap, or
 * redelivered. A crash may cause redelivery, but never loss.
 */
export class ConsumerWorld {
  readonly runtime: SeededRuntime
  readonly failures: string[] = []
  members: ModelMember[] = []
  readonly #log: EventLog
  readonly #state: StateStore
  readonly #access = new Access({}, { typeOf }, 'host/test')
  #brittle!: BrittleState
  #bus!: Bus
  #endOfLife: () => void = () => undefined
  /** Seqs of the stored events that match the consumer's filter. */
  readonly #wanted = new Set<number>()
  readonly #done = new Set<number>()
  /** Events settled in a way that only a crash or a seek undoes. */
  readonly #settled = new Set<number>()
  readonly #gone = new Set<number>()
  /** Parked events that are redelivered; the log may deliver them too if the position is before them. */
  readonly #twice = new Set<number>()
  #deliveredInLife = new Set<number>()
  #counter = 0

  private constructor(runtime: SeededRuntime) {
    this.runtime = runtime
    this.#log = openMemoryLog({ runtime, slabBytes: 32 * KiB, maxBytes: 400 * KiB })
    this.#state = openMemoryState({ runtime })
    this.#log.onStored(({ bytes }) => {
      for (const { seq, tag } of iterateFrames(bytes)) if (tag.startsWith(PREFIX)) this.#wanted.add(seq)
    })
  }

  static async open(runtime: SeededRuntime): Promise<ConsumerWorld> {
    const world = new ConsumerWorld(runtime)
    await world.#start()
    return world
  }

  get here(): ModelMember[] {
    return this.members.filter(({ gone }) => !gone)
  }

  publish(letters: readonly string[], size: number): void {
    const body = encode(new Uint8Array(size))
    const events = { accepted() {}, durable() {}, refused() {}, gateDone() {}, resumed() {}, closed() {} }
    const publisher = this.#bus.publisher(this.#access.principal('admin'), { events })
    for (const letter of letters) {
      const tag = `${letter}/${++this.#counter}`
      const frame = encodeFrame({ tag, source: 'host/test', body, seq: this.#counter })
      publisher.publish(frame, 0, frame.length)
    }
    publisher.close()
  }

  async join(): Promise<void> {
    const member = new ModelMember(this)
    this.members.push(member)
    const request = { label: 'model', consumer: 'work', filters: PREFIX, from: 'start' }
    try {
      const joining = this.#bus.subscribe(this.#access.principal('admin'), request, member)
      member.api = await this.#finish(joining)
    } catch (error) {
      // A consumer whose record cannot be written is not created.
      member.gone = true
      if (!this.#brittle.full) throw error
    }
  }

  set full(full: boolean) {
    this.#brittle.full = full
  }

  async seek(position: string): Promise<void> {
    const consumer = this.#bus.consumers.list(this.#access.principal('admin'))[0]
    if (consumer === undefined) return
    // Events that are being delivered belong to the previous position.
    await this.runtime.quiet()
    for (const member of this.here) member.holds.clear()
    this.#settled.clear()
    this.#deliveredInLife.clear()
    await this.#finish(consumer.seek(position)).then(
      ({ to }) => {
        // Events before the new position are settled: the seek skipped them.
        for (const seq of this.#wanted) if (seq <= to) this.#done.add(seq)
      },
      (error) => {
        for (const seq of this.#wanted) this.#done.add(seq)
        if (!this.#brittle.full) throw error
      },
    )
  }

  async redeliverParked(): Promise<void> {
    const consumer = this.#bus.consumers.list(this.#access.principal('admin'))[0]
    if (consumer === undefined) return
    const refs = []
    for await (const { ref } of this.#bus.consumers.parked.list('work')) refs.push(ref)
    consumer.redeliver(refs)
    for (const { seq } of refs) this.#twice.add(seq)
  }

  compact(keep: number): Promise<unknown> {
    return this.#log.compact({ bytes: keep })
  }

  async restart(crash: boolean): Promise<void> {
    if (crash) {
      this.#brittle.dead = true
      for (const member of this.members) member.gone = true
      this.#settled.clear()
    } else {
      // If the position cannot be written, an older one is used after the restart.
      if (this.#brittle.full) this.#settled.clear()
      await this.#finish(this.#bus.close())
      for (const member of this.members)
        if (!member.gone) this.failures.push('a member was not told of the end')
    }
    this.#endOfLife()
    this.members = []
    await this.#start()
  }

  /** Acknowledges everything that is left, and checks the result. */
  async settle(): Promise<void> {
    this.full = false
    for (const member of this.here) {
      member.drain()
      member.answer([...member.holds.keys()], 'done')
    }
    await this.join()
    for (let round = 0; round < 60; round++) {
      await this.runtime.quiet()
      for (const member of this.here) {
        member.drain()
        if (member.holds.size > 0) member.answer([...member.holds.keys()], 'done')
      }
      await this.runtime.pass(10_000)
    }
    await this.runtime.quiet()
    await this.#checkComplete()
  }

  async close(): Promise<void> {
    await this.#finish(this.#bus.close())
    this.#endOfLife()
  }

  delivered(member: ModelMember, seq: number, tag: string, redelivered: boolean): void {
    if (member.gone) return
    if (!tag.startsWith(PREFIX)) this.failures.push(`${tag} does not match`)
    if (!this.#twice.has(seq)) {
      if (this.#settled.has(seq)) this.failures.push(`${seq} came again after it was settled`)
      if (this.#deliveredInLife.has(seq) && !redelivered) this.failures.push(`${seq} came again unmarked`)
    }
    this.#deliveredInLife.add(seq)
    const now = this.runtime.monotonic()
    for (const { holds, gone } of this.members) {
      const since = holds.get(seq)
      if (since === undefined) continue
      if (!gone && now - since < ACK_WAIT) this.failures.push(`${seq} was given to two at once`)
      holds.delete(seq)
    }
    member.holds.set(seq, now)
    const held = this.here
      .flatMap(({ holds }) => [...holds.values()])
      .filter((since) => now - since < ACK_WAIT)
    if (held.length > LIMIT) this.failures.push(`${held.length} events are unacknowledged`)
  }

  /** Records an acknowledgement. A late one counts only if no other member has received the event meanwhile. */
  answered(seq: number, since: number): void {
    this.#done.add(seq)
    if (this.runtime.monotonic() - since < ACK_WAIT) this.#settled.add(seq)
  }

  told({ from, to, reason }: Extract<SubscriberStatus, { type: 'gap' }>): void {
    if (reason !== 'expired') this.failures.push(`gap ${reason}`)
    if (to >= this.#log.first) this.failures.push(`gap up to ${to}, the log begins at ${this.#log.first}`)
    for (let seq = from; seq <= to; seq++) this.#gone.add(seq)
  }

  async #checkComplete(): Promise<void> {
    const parked = new Set<number>()
    for await (const { ref } of this.#bus.consumers.parked.list('work')) parked.add(ref.seq)
    for (const seq of this.#wanted) {
      if (!this.#done.has(seq) && !parked.has(seq) && !this.#gone.has(seq))
        this.failures.push(`${seq} is lost`)
    }
    const [consumer] = this.#bus.consumers.list(this.#access.principal('admin'))
    if (consumer.unsettledCount > 0)
      this.failures.push(`${consumer.unsettledCount} are open when all is done`)
    if (consumer.settledUpTo !== this.#log.last) {
      this.failures.push(`settled up to ${consumer.settledUpTo} of ${this.#log.last}`)
    }
    if (this.#bus.consumers.parkedCount !== parked.size) {
      this.failures.push(`${this.#bus.consumers.parkedCount} parked, found ${parked.size}`)
    }
  }

  async #start(): Promise<void> {
    const life = this.runtime.life()
    const log: EventLog = Object.create(this.#log)
    let stopListening: () => void = () => undefined
    const read = this.#log.read.bind(this.#log)
    const bound = ['append', 'seek', 'compact', 'durable'] as const
    for (const name of bound) Object.defineProperty(log, name, { value: this.#log[name].bind(this.#log) })
    for (const name of ['epoch', 'first', 'last', 'lost', 'stats'] as const) {
      Object.defineProperty(log, name, { get: () => this.#log[name] })
    }
    // Reads take a while, and their reader may be closed by then.
    log.read = async function* (from, limits) {
      await new Promise<void>((resolve) => life.runtime.soon(resolve))
      yield* read(from, limits)
    }
    log.onStored = (listener) => {
      stopListening = this.#log.onStored(listener)
      return stopListening
    }
    this.#endOfLife = () => {
      life.end()
      stopListening()
    }
    this.#brittle = new BrittleState(this.#state, life.runtime)
    this.#deliveredInLife = new Set()
    const limits = { ...DEFAULT_BUS_LIMITS, queue: 100 * KiB, unacknowledged: LIMIT }
    const { authorize } = this.#access
    const { runtime } = life
    const state = this.#brittle.store
    this.#bus = await this.#finish(
      Bus.open({ runtime, log, state, authorize, typeOf, limits, origin: 'hub' }),
    )
  }

  async #finish<Result>(work: Promise<Result>): Promise<Result> {
    let over = false
    const done = work.finally(() => {
      over = true
    })
    done.catch(() => undefined)
    while (!over) await this.runtime.step()
    return done
  }
}
