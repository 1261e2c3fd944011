import {
  type Client,
  connect,
  type Event,
  type Status,
  type Subscription,
} from '../../../src/client/index.js'
import type { SeqRange } from '../../../src/log/event-log.js'
import type { ConsumerInfo } from '../../../src/methods/contract/index.js'
import { eventually } from '../eventually.js'
import { rangeOf, seqOf, type Witness } from './witness.js'

interface SeenGap extends SeqRange {
  /** Number of events seen before the gap. */
  at: number
}

/** Everything that one subscriber received over all crashes, in order. */
class History {
  readonly #name: string
  readonly #witness: Witness
  readonly #seqs: number[] = []
  readonly #gaps: SeenGap[] = []
  #position = 0

  constructor(name: string, witness: Witness) {
    this.#name = name
    this.#witness = witness
  }

  get last(): number {
    return this.#seqs.at(-1) ?? 0
  }

  get position(): number {
    return this.#position
  }

  event(event: Event): void {
    const { seq } = event
    if (seq <= this.#position) this.#fault(`${seq} comes after ${this.#position}`)
    this.#witness.saw(event)
    this.#seqs.push(seq)
    this.#position = seq
  }

  status(status: Status): void {
    if (status.status === 'gap') this.#gap(status)
    if ('cursor' in status && status.cursor !== undefined) this.#position = seqOf(status.cursor)
  }

  /**
   * Checks that the events received are those of the log, apart from events lost in a crash. Before it continued, the
   * subscriber must have received a gap for the lost ones.
   */
  check(wanted: readonly number[], { first, lost }: LogExtent): void {
    let kept = 0
    for (const [index, seq] of this.#seqs.entries()) {
      if (seq < first) continue
      const range = rangeOf(lost, seq)
      if (range === undefined) {
        if (seq !== wanted[kept]) this.#fault(`got ${seq} where the log has ${wanted[kept]}`)
        kept++
      } else if (rangeOf(lost, this.#seqs[index + 1] ?? 0) !== range && !this.#wasTold(index)) {
        this.#fault(`got ${seq}, which is lost, and no gap`)
      }
    }
    if (kept < wanted.length) this.#fault(`never got ${wanted[kept]}`)
  }

  #wasTold(index: number): boolean {
    const seq = this.#seqs[index]
    return this.#gaps.some(({ at, from, to }) => at === index + 1 && from <= seq && seq <= to)
  }

  #gap({ from, to, why, cursor }: Extract<Status, { status: 'gap' }>): void {
    const isOwn = from <= this.#position && this.#position <= to
    if (why !== 'lost-in-crash' || !isOwn || seqOf(cursor) < from - 1) {
      this.#fault(`at ${this.#position} a gap from ${from} to ${to}, ${why}, going on at ${cursor}`)
    }
    this.#gaps.push({ from, to, at: this.#seqs.length })
  }

  #fault(text: string): void {
    this.#witness.fault(`${this.#name}: ${text}`)
  }
}

/** What the log still has. */
export interface LogExtent {
  first: number
  lost: readonly SeqRange[]
}

/** A subscriber that continues through all crashes. */
export interface Watcher {
  /** It has no more need of the events up to this seq. */
  readonly position: number
  /** Called when the hub of a round is ready. */
  begin(): Promise<void>
  /** Called for each event in the log. */
  expect(event: Event): void
  /** Waits for the last event of its filter, and compares the events it received with those in the log. */
  finish(extent: LogExtent): Promise<void>
}

interface WatcherOptions {
  name: string
  address: string
  filter: string | undefined
  witness: Witness
}

/** The seqs of the events that a watcher must receive. */
class Wanted {
  readonly seqs: number[] = []
  readonly #prefix: string

  constructor({ filter }: WatcherOptions) {
    this.#prefix = filter ?? ''
  }

  get last(): number {
    return this.seqs.at(-1) ?? 0
  }

  add(event: Event): void {
    if (event.tag.startsWith(this.#prefix)) this.seqs.push(event.seq)
  }
}

/** Relies on its subscription to reconnect and resume. */
export class Follower implements Watcher {
  readonly #options: WatcherOptions
  readonly #history: History
  readonly #wanted: Wanted
  #client: Client | undefined
  #running: Promise<void> | undefined

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#history = new History(options.name, options.witness)
    this.#wanted = new Wanted(options)
  }

  get position(): number {
    return this.#history.position
  }

  async begin(): Promise<void> {
    if (this.#client !== undefined) return
    this.#client = await connect({ address: this.#options.address })
    this.#running = this.#run(this.#client.subscribe(this.#options.filter, { from: 'start' }))
  }

  expect(event: Event): void {
    this.#wanted.add(event)
  }

  async finish(extent: LogExtent): Promise<void> {
    await eventually(() => this.#history.last >= this.#wanted.last)
    await this.#client?.close()
    await this.#running
    this.#history.check(this.#wanted.seqs, extent)
  }

  async #run(subscription: Subscription): Promise<void> {
    for await (const item of subscription) {
      if (item.status === undefined) this.#history.event(item)
      else this.#history.status(item)
    }
  }
}

/** A program that starts again after each crash, with the cursor that it kept. */
export class Resumer implements Watcher {
  readonly #options: WatcherOptions
  readonly #history: History
  readonly #wanted: Wanted
  #client: Client | undefined
  #cursor = 'start'
  #running: Promise<void> = Promise.resolve()

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#history = new History(options.name, options.witness)
    this.#wanted = new Wanted(options)
  }

  get position(): number {
    return this.#history.position
  }

  async begin(): Promise<void> {
    await this.#running
    this.#client = await connect({ address: this.#options.address, reconnect: false })
    this.#running = this.#run(this.#client.subscribe(this.#options.filter, { from: this.#cursor }))
  }

  expect(event: Event): void {
    this.#wanted.add(event)
  }

  async finish(extent: LogExtent): Promise<void> {
    await eventually(() => this.#history.last >= this.#wanted.last)
    await this.#client?.close()
    await this.#running
    this.#history.check(this.#wanted.seqs, extent)
  }

  async #run(subscription: Subscription): Promise<void> {
    try {
      for await (const item of subscription) {
        if (item.status === undefined) this.#history.event(item)
        else this.#history.status(item)
        this.#cursor = subscription.cursor ?? this.#cursor
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'TCN_CLIENT_UNREACHABLE') {
        this.#options.witness.fault(`${this.#options.name}: ${error}`)
      }
    }
  }
}

/** Events that a consumer collects before it acknowledges them. */
const IN_HAND = 100

/**
 * A durable consumer that acknowledges events in batches. Events that are not acknowledged in a crash must be
 * redelivered; while a hub runs, no event arrives twice unless it is marked as redelivered.
 */
export class Consumer implements Watcher {
  readonly #options: WatcherOptions
  readonly #wanted: Wanted
  readonly #done = new Set<number>()
  #inHand: Event[] = []
  #ofThisHub = new Set<number>()
  #client: Client | undefined
  #subscription: Subscription | undefined
  #running: Promise<void> | undefined
  #count = 0
  #finishing = false
  position = 0

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#wanted = new Wanted(options)
  }

  /** Asks the hub up to where all events are acknowledged. */
  async locate(client: Client): Promise<void> {
    if (this.#done.size === 0) return
    const { cursor } = await client.request<ConsumerInfo>('consumers.get', { name: this.#options.name })
    this.position = Math.max(this.position, seqOf(cursor))
  }

  async begin(): Promise<void> {
    if (this.#client !== undefined) return
    const { address, filter, name } = this.#options
    this.#client = await connect({ address })
    this.#subscription = this.#client.subscribe(filter, { consumer: name, from: 'start' })
    this.#running = this.#run(this.#subscription)
  }

  expect(event: Event): void {
    this.#wanted.add(event)
  }

  async finish(): Promise<void> {
    const { name, witness } = this.#options
    this.#finishing = true
    this.#settle()
    await eventually(() => this.#isSettled())
    const missing = this.#wanted.seqs.filter((seq) => !this.#done.has(seq))
    if (missing.length > 0) witness.fault(`${name}: never got ${missing.slice(0, 10)}`)
    await this.#client?.close()
    await this.#running
  }

  /** Whether the hub has received all acknowledgements. */
  async #isSettled(): Promise<boolean> {
    const { name } = this.#options
    const info = await this.#client?.request<ConsumerInfo>('consumers.get', { name })
    return info?.pending === 0 && info.lagEvents === 0
  }

  async #run(subscription: Subscription): Promise<void> {
    for await (const item of subscription) {
      if (item.status === undefined) this.#take(item, subscription)
      else this.#note(item)
    }
  }

  #take(event: Event, subscription: Subscription): void {
    const { seq, redelivered } = event
    const { witness, name } = this.#options
    if (this.#ofThisHub.has(seq) && !redelivered) witness.fault(`${name}: ${seq} twice, and not marked`)
    witness.saw(event)
    this.#ofThisHub.add(seq)
    const isGivenBack = ++this.#count % 50 === 0 && !redelivered
    if (isGivenBack) subscription.ack(event, 'retry', { delay: 10 })
    else this.#inHand.push(event)
    if (this.#finishing || this.#inHand.length >= IN_HAND) this.#settle()
  }

  #settle(): void {
    this.#subscription?.ack(this.#inHand)
    for (const { seq } of this.#inHand) this.#done.add(seq)
    this.#inHand = []
  }

  #note(status: Status): void {
    const { witness, name } = this.#options
    if (status.status === 'reconnecting') {
      this.#ofThisHub = new Set()
      this.#inHand = []
    }
    if (status.status !== 'gap') return
    const { to, why } = status
    // A crash may set the consumer back.
    const isSettled = why === 'expired' && to <= this.position
    if (why !== 'lost-in-crash' && !isSettled) witness.fault(`${name}: ${JSON.stringify(status)}`)
  }
}
