import type { ConsumerInfo } from '../../../src/bus/method-types.js'
import {
  type Client,
  connect,
  type Event,
  type Status,
  type Subscription,
} from '../../../src/client/index.js'
import type { SeqRange } from '../../../src/log/event-log.js'
import { eventually } from '../eventually.js'
import { isIn, seqOf, type Witness } from './witness.js'

interface SeenGap extends SeqRange {
  /** How many events were seen before it. */
  at: number
}

/** What one subscriber was given, in this order, over all crashes. */
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

  /** Beside what a crash took it is what the log holds; what a crash took it was told of before it went on. */
  check(log: readonly number[], lost: readonly SeqRange[]): void {
    const kept = this.#seqs.filter((seq) => !isIn(lost, seq))
    const wrong = kept.findIndex((seq, index) => seq !== log[index])
    if (wrong >= 0) this.#fault(`got ${kept[wrong]} where the log has ${log[wrong]}`)
    else if (kept.length < log.length) this.#fault(`never got ${log[kept.length]}`)
    for (const range of lost) this.#checkTold(range)
  }

  #checkTold(range: SeqRange): void {
    const last = this.#seqs.findLastIndex((seq) => isIn([range], seq))
    if (last < 0) return
    const seq = this.#seqs[last]
    const told = this.#gaps.some((gap) => gap.at === last + 1 && isIn([gap], seq))
    if (!told) this.#fault(`got ${seq}, which is lost, and no gap`)
  }

  #gap({ from, to, why, cursor }: Extract<Status, { status: 'gap' }>): void {
    const isOwn = isIn([{ from, to }], this.#position)
    if (why !== 'lost-in-crash' || !isOwn || seqOf(cursor) < from - 1) {
      this.#fault(`at ${this.#position} a gap from ${from} to ${to}, ${why}, going on at ${cursor}`)
    }
    this.#gaps.push({ from, to, at: this.#seqs.length })
  }

  #fault(text: string): void {
    this.#witness.fault(`${this.#name}: ${text}`)
  }
}

/** Somebody who subscribes through all crashes. */
export interface Watcher {
  /** Called when the hub of a round is ready. */
  begin(): Promise<void>
  /** Compares what it got with what the log holds of its filter, when it has got the last of that. */
  finish(log: readonly Event[], lost: readonly SeqRange[]): Promise<void>
}

interface WatcherOptions {
  name: string
  address: string
  filter: string | undefined
  witness: Witness
}

function isWanted({ filter }: WatcherOptions, event: Event): boolean {
  return filter === undefined || event.tag.startsWith(filter)
}

/** Leaves it to its subscription to come back and go on. */
export class Follower implements Watcher {
  readonly #options: WatcherOptions
  readonly #history: History
  #client: Client | undefined
  #running: Promise<void> | undefined

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#history = new History(options.name, options.witness)
  }

  async begin(): Promise<void> {
    if (this.#client !== undefined) return
    this.#client = await connect({ address: this.#options.address })
    this.#running = this.#run(this.#client.subscribe(this.#options.filter, { from: 'start' }))
  }

  async finish(log: readonly Event[], lost: readonly SeqRange[]): Promise<void> {
    const wanted = log.filter((event) => isWanted(this.#options, event)).map(({ seq }) => seq)
    await eventually(() => this.#history.last >= (wanted.at(-1) ?? 0))
    await this.#client?.close()
    await this.#running
    this.#history.check(wanted, lost)
  }

  async #run(subscription: Subscription): Promise<void> {
    for await (const item of subscription) {
      if (item.status === undefined) this.#history.event(item)
      else this.#history.status(item)
    }
  }
}

/** A program that begins anew after each crash, with the cursor it kept. */
export class Resumer implements Watcher {
  readonly #options: WatcherOptions
  readonly #history: History
  #client: Client | undefined
  #cursor = 'start'
  #running: Promise<void> = Promise.resolve()

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#history = new History(options.name, options.witness)
  }

  async begin(): Promise<void> {
    await this.#running
    this.#client = await connect({ address: this.#options.address, reconnect: false })
    this.#running = this.#run(this.#client.subscribe(this.#options.filter, { from: this.#cursor }))
  }

  async finish(log: readonly Event[], lost: readonly SeqRange[]): Promise<void> {
    const wanted = log.filter((event) => isWanted(this.#options, event)).map(({ seq }) => seq)
    await eventually(() => this.#history.last >= (wanted.at(-1) ?? 0))
    await this.#client?.close()
    await this.#running
    this.#history.check(wanted, lost)
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

/** Events that a consumer has in hand before it is done with all of them. */
const IN_HAND = 100

/**
 * A durable consumer that is done with events some at a time. What it has in hand in a crash it must get
 * again; within one life of the hub nothing comes twice but what is marked so.
 */
export class Consumer implements Watcher {
  readonly #options: WatcherOptions
  readonly #done = new Set<number>()
  #inHand: Event[] = []
  #ofThisHub = new Set<number>()
  #client: Client | undefined
  #subscription: Subscription | undefined
  #running: Promise<void> | undefined
  #count = 0
  #finishing = false

  constructor(options: WatcherOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    if (this.#client !== undefined) return
    const { address, filter, name } = this.#options
    this.#client = await connect({ address })
    this.#subscription = this.#client.subscribe(filter, { consumer: name, from: 'start' })
    this.#running = this.#run(this.#subscription)
  }

  async finish(log: readonly Event[]): Promise<void> {
    const { name, witness } = this.#options
    this.#finishing = true
    this.#settle()
    const wanted = log.filter((event) => isWanted(this.#options, event)).map(({ seq }) => seq)
    await eventually(() => this.#isSettled())
    const missing = wanted.filter((seq) => !this.#done.has(seq))
    if (missing.length > 0) witness.fault(`${name}: never got ${missing.slice(0, 10)}`)
    await this.#client?.close()
    await this.#running
  }

  /** The hub has heard of all that. */
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
    if (status.status === 'gap' && status.why !== 'lost-in-crash') {
      witness.fault(`${name}: ${JSON.stringify(status)}`)
    }
  }
}
